# Consul-Terraform-Sync applies what it finds when it runs, not what somebody saw in a plan. So the approval travels with
# the rules: the seal holds the digest of exactly the rules and the addresses that were approved, and a run that finds
# anything else changes nothing. A digest anybody can make: the signature over it says that it was approved, and is
# verified where the rules are applied. A draft, which has none, can be planned and no more.

locals {
  digest   = sha256("${local.text} ${jsonencode(local.services)}")
  unsealed = { revision = 0, digest = sha256("{} {}") }

  seal_entry = try(jsondecode(base64decode(var.consul_kv["firewall/seal"])), null)
  seal = try({
    revision = tonumber(regex("^[0-9]{1,15}$", jsonencode(local.seal_entry.revision)))
    digest   = regex("^[0-9a-f]{64}$", local.seal_entry.digest)
  }, local.unsealed)

  signature = try(regex("^[A-Za-z0-9+/=]{1,200}$", var.consul_kv["firewall/signature"]), "")
}
