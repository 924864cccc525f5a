# A service as a job: two instances that Nomad places, with identities that Nomad renders from Vault.
# No token stands here: a task proves by an identity that Nomad signs which job it belongs to.
# Which service it is stands beside it, in service-a.vars.hcl and service-b.vars.hcl.

variable "service" {
  type        = string
  description = "The service's name, and the job's."
}

variable "peer" {
  type        = string
  description = "The service that it calls."
}

variable "client_cert" {
  type        = string
  description = "Whether who calls it must show a client certificate: required or optional."
}

variable "node" {
  type        = string
  description = "The program that runs the service: Node."
}

variable "services" {
  type        = string
  description = "The folder of the service's source."
}

variable "steady" {
  type        = string
  default     = "8"
  description = "Requests that every instance sends to the other service each second."
}

variable "root_ca" {
  type        = string
  description = "The root that both sides' certificates lead to, PEM."
}

variable "root_crl" {
  type        = string
  description = "The root's revocation list, PEM."
}

variable "change_mode" {
  type        = string
  default     = "signal"
  description = "What Nomad does when it has rendered a new identity: signal, restart or noop."

  validation {
    condition     = contains(["signal", "restart", "noop"], var.change_mode)
    error_message = "The variable change_mode must be signal, restart or noop."
  }
}

variable "consul" {
  type        = bool
  default     = false
  description = "Registers with Consul, where a check shakes hands with the instance; with Nomad's own catalog otherwise."
}

variable "mesh" {
  type        = bool
  default     = false
  description = "Runs the app once more, without TLS, behind a sidecar of Consul's mesh."
}

variable "consul_bin" {
  type        = string
  default     = "consul"
  description = "Consul's program: it registers the sidecar and starts it."
}

variable "envoy_bin" {
  type        = string
  default     = "envoy"
  description = "The sidecar's program: Envoy."
}

variable "consul_addr" {
  type        = string
  default     = ""
  description = "Consul's API, for example https://127.0.0.1:8501."
}

variable "consul_grpc" {
  type        = string
  default     = ""
  description = "host:port from which sidecars take their configuration."
}

variable "lab" {
  type        = string
  default     = ""
  description = "The lab these processes belong to, so that it finds them again."
}

locals {
  # What its instances' names begin with: `a` of `service-a`.
  letter = substr(var.service, -1, 1)
}

job "service" {
  id   = var.service
  name = var.service

  update {
    max_parallel     = 1
    canary           = 1
    auto_promote     = true
    auto_revert      = true
    min_healthy_time = "1s"
    healthy_deadline = "1m"
    progress_deadline = "2m"
  }

  # A node that is gone is replaced on another at once, and again without end.
  reschedule {
    delay          = "5s"
    delay_function = "constant"
    unlimited      = true
  }

  group "instances" {
    count = 2

    # One on each node, as long as there are two.
    spread {
      attribute = "${node.unique.name}"
    }

    restart {
      attempts = 10
      interval = "1m"
      delay    = "1s"
      mode     = "delay"
    }

    network {
      port "https" {}
      port "admin" {}
    }

    service {
      name     = var.service
      provider = var.consul ? "consul" : "nomad"
      port     = "https"
      tags     = ["mtls", "instance=${local.letter}-${NOMAD_ALLOC_INDEX}", "admin=${NOMAD_ADDR_admin}"]

      # Nomad's own catalog knows only whether the port is open.
      dynamic "check" {
        for_each = var.consul ? [] : ["tcp"]
        content {
          type     = "tcp"
          interval = "1s"
          timeout  = "1s"
        }
      }

      # A real mTLS handshake with the instance's own pair.
      dynamic "check" {
        for_each = var.consul ? ["mtls"] : []
        content {
          name     = "mtls"
          type     = "script"
          task     = "service"
          command  = var.node
          args     = ["${var.services}/check.ts"]
          interval = "5s"
          timeout  = "4s"
        }
      }
    }

    # Callers learn that it goes before it goes.
    shutdown_delay = "1s"

    task "service" {
      driver       = "raw_exec"
      kill_timeout = "12s"

      vault {
        role        = var.service
        # A new token is no reason to do anything to the task, and the task does not get it.
        change_mode  = "noop"
        env          = false
        disable_file = true
      }

      # A token of its own, with which its templates read Consul's catalog.
      dynamic "consul" {
        for_each = var.consul ? ["consul"] : []
        content {}
      }

      config {
        command = var.node
        args    = ["${var.services}/main.ts"]
      }

      env {
        CERTOPS_LAB      = var.lab
        SERVICE          = var.service
        INSTANCE         = "${local.letter}-${NOMAD_ALLOC_INDEX}"
        HOST             = "${NOMAD_IP_https}"
        PORT             = "${NOMAD_PORT_https}"
        ADMIN_PORT       = "${NOMAD_PORT_admin}"
        IDENTITY_FILE    = "${NOMAD_SECRETS_DIR}/identity.pem"
        CA_FILE          = "${NOMAD_TASK_DIR}/root.pem"
        CRL_FILES        = "${NOMAD_TASK_DIR}/root.crl,${NOMAD_TASK_DIR}/intermediate.crl"
        # Nomad says when: the service itself does not watch its files.
        RELOAD_ON        = "signal"
        CLIENT_CERT      = var.client_cert
        SERVER_NAME      = "${var.service}.example.com"
        PEER_SERVER_NAME = "${var.peer}.example.com"
        PEERS_FILE       = "${NOMAD_TASK_DIR}/peers"
        STEADY           = var.steady
      }

      # Key, certificate and chain from one answer in one file: from two templates they would at times not belong
      # together. The generation is read around the request, so that a new one makes another request, hence another
      # certificate.
      template {
        destination   = "${NOMAD_SECRETS_DIR}/identity.pem"
        perms         = "600"
        change_mode   = var.change_mode
        change_signal = var.change_mode == "signal" ? "SIGHUP" : ""
        splay         = "0s"
        data          = <<-EOT
          {{ with nomadVar "nomad/jobs/${var.service}" }}{{ $instance := printf "${local.letter}-%s" (env "NOMAD_ALLOC_INDEX") -}}
          {{ $generation := "g0" }}{{ with index . $instance }}{{ $generation = . }}{{ end -}}
          {{ with secret "pki/issue/${var.service}" "common_name=${var.service}.example.com" "ttl=2m" (printf "uri_sans=urn:certops:generation:%s" $generation) -}}
          {{ .Data.private_key }}
          {{ .Data.certificate }}{{ range .Data.ca_chain }}
          {{ . }}{{ end }}{{ end }}{{ end }}
        EOT

        # The default waits five seconds, in case more changes follow.
        wait {
          min = "50ms"
          max = "200ms"
        }
      }

      # Nomad reads such a secret again every few minutes. The bot writes the variable's item "crl" when it has revoked
      # something: with another number behind it it is another secret, and is read at once. Vault passes the number over.
      template {
        destination   = "${NOMAD_TASK_DIR}/intermediate.crl"
        change_mode   = var.change_mode
        change_signal = var.change_mode == "signal" ? "SIGHUP" : ""
        splay         = "0s"
        data          = <<-EOT
          {{ $list := "0" }}{{ with nomadVar "nomad/jobs/${var.service}" }}{{ with index . "crl" }}{{ $list = . }}{{ end }}{{ end -}}
          {{ with secret (printf "pki/cert/crl?version=%s" $list) }}{{ .Data.certificate }}{{ end }}
        EOT

        wait {
          min = "50ms"
          max = "200ms"
        }
      }

      template {
        destination = "${NOMAD_TASK_DIR}/root.pem"
        change_mode = "noop"
        data        = var.root_ca
      }

      template {
        destination = "${NOMAD_TASK_DIR}/root.crl"
        change_mode = "noop"
        data        = var.root_crl
      }

      # Where the other service is now; read again by the service itself.
      template {
        destination = "${NOMAD_TASK_DIR}/peers"
        change_mode = "noop"
        data        = <<-EOT
          {{ range ${var.consul ? "service" : "nomadService"} "${var.peer}" }}{{ if contains "mtls" .Tags }}{{ .Address }}:{{ .Port }}
          {{ end }}{{ end }}
        EOT

        wait {
          min = "50ms"
          max = "200ms"
        }
      }

      resources {
        cpu    = 1000
        memory = 128
      }
    }
  }

  # The same app without TLS, reached on this machine alone, behind a sidecar that does the mTLS and obeys the intentions.
  dynamic "group" {
    for_each = var.mesh ? ["mesh"] : []
    labels   = ["mesh"]

    content {
      count = 1

      restart {
        attempts = 10
        interval = "1m"
        delay    = "1s"
        mode     = "delay"
      }

      network {
        port "http" {}
        port "admin" {}
        port "sidecar" {}
        port "envoy_admin" {}
        port "upstream" {}
      }

      # In Nomad's own catalog, where nobody looks for it: what ran before is replaced only by one whose Envoy serves.
      service {
        name     = "${var.service}-sidecar"
        provider = "nomad"
        port     = "envoy_admin"

        check {
          type     = "http"
          path     = "/ready"
          interval = "1s"
          timeout  = "4s"
        }
      }

      task "service" {
        driver       = "raw_exec"
        kill_timeout = "12s"

        config {
          command = var.node
          args    = ["${var.services}/main.ts"]
        }

        env {
          CERTOPS_LAB  = var.lab
          SERVE        = "plain"
          SERVICE      = var.service
          INSTANCE     = "${local.letter}-mesh"
          HOST         = "${NOMAD_IP_http}"
          PORT         = "${NOMAD_PORT_http}"
          ADMIN_PORT   = "${NOMAD_PORT_admin}"
          PEER_SERVICE = var.peer
          PEER_URL     = "http://${NOMAD_ADDR_upstream}"
          STEADY       = var.steady
        }

        resources {
          cpu    = 1000
          memory = 128
        }
      }

      # Consul starts Envoy and hands it, through a pipe, where it finds its configuration. What an intention or a new root
      # changes reaches Envoy as a new listener: connections of the old one would go on under the old rules for ten minutes.
      # Before that it registers, at every start: of a sidecar that was away for long, Consul has forgotten the registration.
      task "sidecar" {
        driver = "raw_exec"

        consul {}

        config {
          command = "/bin/sh"
          args = [
            "-c", "\"$0\" services register \"$1\" && shift && exec \"$0\" \"$@\"",
            var.consul_bin, "${NOMAD_TASK_DIR}/registration.json",
            "connect", "envoy", "-sidecar-for", "${local.letter}-mesh-${NOMAD_SHORT_ALLOC_ID}",
            "-grpc-addr", "http://${var.consul_grpc}", "-admin-bind", "${NOMAD_ADDR_envoy_admin}",
            "-envoy-binary", var.envoy_bin, "-ignore-envoy-compatibility", "--",
            "--concurrency", "1", "--disable-hot-restart", "--log-level", "warning",
            "--drain-time-s", "1", "--drain-strategy", "immediate",
          ]
        }

        env {
          CERTOPS_LAB            = var.lab
          CONSUL_HTTP_ADDR       = var.consul_addr
          CONSUL_CACERT          = "${NOMAD_ALLOC_DIR}/root.pem"
          CONSUL_HTTP_TOKEN_FILE = "${NOMAD_SECRETS_DIR}/consul_token"
          TMPDIR                 = "${NOMAD_TASK_DIR}"
        }

        # Here, where the task that deregisters reads it too.
        template {
          destination = "${NOMAD_ALLOC_DIR}/root.pem"
          change_mode = "noop"
          data        = var.root_ca
        }

        # The service and its sidecar in Consul's catalog, under a name of this allocation's own: while one takes the place
        # of another, both are there. The app is given longer than its sidecar: it does not register again by itself. Nobody
        # stands in for the one sidecar of a service: a look that comes late is no reason yet to send its callers away.
        template {
          destination = "${NOMAD_TASK_DIR}/registration.json"
          change_mode = "noop"
          data        = <<-EOT
            {
              "service": {
                "id": "${local.letter}-mesh-{{ env "NOMAD_SHORT_ALLOC_ID" }}",
                "name": "${var.service}",
                "tags": ["mesh", "instance=${local.letter}-mesh", "admin={{ env "NOMAD_ADDR_admin" }}"],
                "address": "{{ env "NOMAD_IP_http" }}",
                "port": {{ env "NOMAD_PORT_http" }},
                "checks": [
                  {
                    "name": "answers its sidecar",
                    "http": "http://{{ env "NOMAD_ADDR_http" }}/",
                    "interval": "2s",
                    "timeout": "1s",
                    "failures_before_critical": 3,
                    "deregister_critical_service_after": "10m"
                  }
                ],
                "connect": {
                  "sidecar_service": {
                    "address": "{{ env "NOMAD_IP_sidecar" }}",
                    "port": {{ env "NOMAD_PORT_sidecar" }},
                    "checks": [
                      {
                        "name": "sidecar listens",
                        "tcp": "{{ env "NOMAD_ADDR_sidecar" }}",
                        "interval": "1s",
                        "timeout": "1s",
                        "failures_before_critical": 3,
                        "deregister_critical_service_after": "1m"
                      }
                    ],
                    "proxy": {
                      "local_service_address": "{{ env "NOMAD_IP_http" }}",
                      "config": { "bind_address": "{{ env "NOMAD_IP_sidecar" }}" },
                      "upstreams": [
                        {
                          "destination_name": "${var.peer}",
                          "local_bind_address": "{{ env "NOMAD_IP_upstream" }}",
                          "local_bind_port": {{ env "NOMAD_PORT_upstream" }}
                        }
                      ]
                    }
                  }
                }
              }
            }
          EOT
        }

        resources {
          cpu    = 1000
          memory = 128
        }
      }

      task "deregister" {
        driver = "raw_exec"

        lifecycle {
          hook = "poststop"
        }

        consul {}

        config {
          command = var.consul_bin
          args    = ["services", "deregister", "-id=${local.letter}-mesh-${NOMAD_SHORT_ALLOC_ID}"]
        }

        env {
          CERTOPS_LAB            = var.lab
          CONSUL_HTTP_ADDR       = var.consul_addr
          CONSUL_CACERT          = "${NOMAD_ALLOC_DIR}/root.pem"
          CONSUL_HTTP_TOKEN_FILE = "${NOMAD_SECRETS_DIR}/consul_token"
        }

        resources {
          cpu    = 500
          memory = 64
        }
      }
    }
  }
}
