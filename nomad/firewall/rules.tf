# Nothing goes on from here but rules of which every character was checked. What nft reads is put together from these
# alone: no value, key or catalog entry can say more than an address, a port, a protocol or a name.

locals {
  entries = { for key, value in var.consul_kv : key => try(base64decode(value), "")
    if !contains(["firewall/seal", "firewall/signature"], key)
  }

  # All of them as one text, which is JSON where they are rules. A thousand rules as Terraform's own objects would take it
  # three times as long, and be compared less strictly: to it "443" is as good as 443.
  listed = join(",", [for key, value in local.entries : "\"${key}\":${value}"])
  text   = "{${local.listed}}"

  # 1 to 65535.
  port_form = "(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
  end_form = { for end in ["from", "to"] : end =>
    "\"${end}\":{(?:\"cidrs\":\\[(?P<${end}_cidrs>\"[0-9./]+\"(?:,\"[0-9./]+\")*)\\]|\"service\":\"(?P<${end}_service>[A-Za-z0-9_-]+)\")}"
  }
  rule_form = join("", [
    "\"firewall/rules/(?P<id>[a-z][a-z0-9-]*)\":{",
    local.end_form.from,
    ",\"ports\":{\"first\":(?P<first>${local.port_form}),\"last\":(?P<last>${local.port_form})},\"protocol\":\"(?P<protocol>tcp|udp)\",",
    local.end_form.to,
    "}",
  ])
  # One rule in each entry: none that two entries make up together, and no two in one.
  all_rules = length(local.rules) == length(local.entries) && (
    local.listed == "" || can(regex("^(?:${local.rule_form},)+$", "${local.listed},"))
  )

  # Each end is as nft names it: addresses, or the set of a service.
  rules = [for rule in regexall(local.rule_form, local.listed) : {
    id       = rule.id
    protocol = rule.protocol
    from     = rule.from_service == null ? replace(rule.from_cidrs, "\"", "") : "@service-${rule.from_service}"
    to       = rule.to_service == null ? replace(rule.to_cidrs, "\"", "") : "@service-${rule.to_service}"
    ports    = rule.first == rule.last ? rule.first : "${rule.first}-${rule.last}"
  }]

  # Only the address of a network itself: 10.0.0.1/24 would match more hosts than it seems to name.
  no_networks = [for cidr in toset(flatten(regexall("\"([0-9./]+)\"", local.listed))) : cidr
    if !try(cidrsubnet(cidr, 0, 0) == cidr, false)
  ]
  backwards = [for ports in toset(regexall("[0-9]+-[0-9]+", join(",", local.rules[*].ports))) : ports
    if tonumber(split("-", ports)[0]) > tonumber(split("-", ports)[1])
  ]

  unusable = sort(concat(
    [for key in local.all_rules ? [] : keys(local.entries) : key
      if !can(regex("^${local.rule_form}$", "\"${key}\":${local.entries[key]}"))
    ],
    [for rule in local.rules : "firewall/rules/${rule.id}"
      if contains(local.backwards, rule.ports) || length(setintersection(split(",", "${rule.from},${rule.to}"), local.no_networks)) > 0
    ],
  ))

  services = { for name in toset(flatten(regexall("\"service\":\"([A-Za-z0-9_-]+)\"", local.text))) : name =>
    sort(distinct([for instance in var.services : instance.address if instance.name == name]))
  }

  services_elsewhere = [for name, addresses in local.services : name
    if !alltrue([for address in addresses : can(regex("^[0-9.]+$", address)) && try(cidrhost("${address}/32", 0) == address, false)])
  ]
}
