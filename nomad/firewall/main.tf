terraform {
  # terraform_data came with 1.4.
  required_version = ">= 1.4"
}

locals {
  ruleset = templatefile("${path.module}/ruleset.nft.tftpl", {
    services = local.services
    rules    = local.rules[*].id
    flows = flatten([for rule in local.rules : [for pair in setproduct(split(",", rule.from), split(",", rule.to)) : {
      rule     = rule.id
      from     = pair[0]
      to       = pair[1]
      protocol = rule.protocol
      ports    = rule.ports
    }]])
  })
}

resource "terraform_data" "ruleset" {
  # What a plan shows: rules as a person says them. The revision alone makes the same rules be applied again.
  triggers_replace = {
    revision = local.seal.revision
    rules = { for rule in local.rules : rule.id => join(" ", [
      rule.protocol,
      "from", replace(trimprefix(rule.from, "@service-"), ",", ", "),
      "to", replace(trimprefix(rule.to, "@service-"), ",", ", "),
      "port", rule.ports,
    ]) }
    services = { for name, addresses in local.services : name => join(", ", addresses) }
    router   = var.network_namespace
    ruleset  = sha256(local.ruleset)
  }

  lifecycle {
    # What is refused leaves Terraform's state as it was: the next plan says nothing of it.
    create_before_destroy = true

    precondition {
      condition     = length(local.unusable) == 0
      error_message = "Not a rule: ${join(", ", [for key in local.unusable : jsonencode(key)])}. Nothing was changed."
    }
    precondition {
      condition     = length(local.services_elsewhere) == 0
      error_message = "Not every instance has an IPv4 address: ${join(", ", local.services_elsewhere)}. Nothing was changed."
    }
    precondition {
      condition     = local.seal.digest == local.digest
      error_message = "These are not the rules and addresses that were approved: sealed ${local.seal.digest}, found ${local.digest}. Nothing was changed."
    }
    precondition {
      # The time is not known before something is applied: a draft can be planned.
      condition     = local.signature != "" ? true : timestamp() == ""
      error_message = "Refused: these rules are not signed, they are a draft. Nothing was changed."
    }
  }

  # By its environment: what a rule says is never part of a command.
  provisioner "local-exec" {
    command     = "sh apply.sh"
    working_dir = path.module
    environment = {
      RULESET           = base64gzip(local.ruleset)
      REVISION          = local.seal.revision
      DIGEST            = local.digest
      SIGNATURE         = local.signature
      PUBLIC_KEY        = var.public_key
      NETWORK_NAMESPACE = var.network_namespace
      # In CTS's own folder of the task, where it outlives a table that was deleted.
      MEMORY = "${abspath(path.root)}/applied-revision"
    }
  }
}
