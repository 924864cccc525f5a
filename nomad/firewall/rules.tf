# Nothing goes on from here but rules of which every character was checked. What nft reads is put together from these
# alone: no value, key or catalog entry can say more than an address, a port, a protocol or a name.

locals {
  entries = { for key, value in var.consul_kv : key => try(jsondecode(base64decode(value)), null)
    if !contains(["firewall/seal", "firewall/signature"], key)
  }

  # All of them as one text, in the form in which Terraform writes JSON: fields in the order of the alphabet, no blanks,
  # quotes and line ends escaped. One look at it is quicker than a look at each of a thousand rules, and stricter than
  # Terraform's own comparisons, to which "443" is as good as 443.
  text = jsonencode(local.entries)

  rule_end  = "(?:{\"cidrs\":\\[\"[0-9./]+\"(?:,\"[0-9./]+\")*\\]}|{\"service\":\"[A-Za-z0-9_-]+\"})"
  rule_form = "\"firewall/rules/[a-z][a-z0-9-]*\":{\"from\":${local.rule_end},\"ports\":{\"first\":[0-9]+,\"last\":[0-9]+},\"protocol\":\"(?:tcp|udp)\",\"to\":${local.rule_end}}"
  all_rules = can(regex("^{(?:${local.rule_form}(?:,${local.rule_form})*)?}$", local.text))

  rules = { for key, rule in local.entries : trimprefix(key, "firewall/rules/") => rule if local.all_rules }

  suspects = local.all_rules ? [] : keys(local.entries)
  unusable = concat(
    [for key in local.suspects : key
      if !can(regex("^{${local.rule_form}}$", jsonencode({ (key) = local.entries[key] })))
    ],
    [for id, rule in local.rules : "firewall/rules/${id}"
      if !(
        1 <= rule.ports.first && rule.ports.first <= rule.ports.last && rule.ports.last <= 65535
        # Only the address of a network itself: 10.0.0.1/24 would match more hosts than it seems to name.
        && alltrue([for cidr in concat(lookup(rule.from, "cidrs", []), lookup(rule.to, "cidrs", [])) : try(cidrsubnet(cidr, 0, 0) == cidr, false)])
      )
    ],
  )

  named_services = compact(distinct(flatten([
    for rule in local.rules : [lookup(rule.from, "service", ""), lookup(rule.to, "service", "")]
  ])))

  services = { for name in local.named_services : name =>
    sort(distinct([for instance in var.services : instance.address if instance.name == name]))
  }

  services_elsewhere = [for name, addresses in local.services : name
    if !alltrue([for address in addresses : can(regex("^[0-9.]+$", address)) && try(cidrhost("${address}/32", 0) == address, false)])
  ]
}
