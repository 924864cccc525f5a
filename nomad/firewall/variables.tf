variable "consul_kv" {
  description = "What stands under firewall/ in Consul's key-value store, by its full key: rules and their seal, each base64 of JSON, and the seal's signature."
  type        = map(string)
}

variable "services" {
  description = "The healthy instances of the services that rules may name, as Consul's catalog has them."
  type = map(object({
    name    = string
    address = string
  }))
}

variable "network_namespace" {
  description = "The router: a network namespace under /run/netns, or empty for the one that Terraform runs in."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^([A-Za-z0-9][A-Za-z0-9_.-]*)?$", var.network_namespace))
    error_message = "The name of a network namespace is made of letters, digits, dots, dashes and underscores."
  }
}

variable "public_key" {
  description = "Whose signature makes rules approved: base64 of the DER of an ECDSA key, as openssl pkey -pubout -outform DER gives it."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9+/]{40,1000}={0,2}$", var.public_key))
    error_message = "The public key is one line of base64."
  }
}
