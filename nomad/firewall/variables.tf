variable "consul_kv" {
  description = "What stands under firewall/ in Consul's key-value store, by its full key: rules and their seal, each base64 of JSON."
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
