import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A module whose runs leave a line each in a file, and that takes its time or fails when it is told to. */
export class CtsModule {
  readonly source: string;

  constructor(folder: string) {
    this.source = join(folder, "module");
    mkdirSync(this.source);
    writeFileSync(
      join(this.source, "main.tf"),
      `variable "services" { type = map(object({ name = string, address = string })) }
variable "consul_kv" {
  type    = map(string)
  default = {}
}
variable "greeting" {
  type    = string
  default = "hello"
}
variable "marker" { type = string }
variable "seconds" {
  type    = number
  default = 0
}
variable "fail" {
  type    = bool
  default = false
}
resource "terraform_data" "it" {
  input            = var.marker
  triggers_replace = {
    keys     = var.consul_kv
    services = { for id, instance in var.services : id => instance.address }
    greeting = var.greeting
  }
  provisioner "local-exec" {
    command     = "echo ran >> \\"$MARKER\\"; sleep \\"$SECONDS_LONG\\"; echo ended >> \\"$MARKER\\"; test -z \\"$FAIL\\""
    environment = {
      MARKER       = var.marker
      SECONDS_LONG = var.seconds
      FAIL         = var.fail ? "yes" : ""
    }
  }
  provisioner "local-exec" {
    when        = destroy
    command     = "echo destroyed >> \\"$MARKER\\""
    environment = { MARKER = self.input }
  }
}
`,
    );
  }

  marker(task: string): string {
    return join(this.source, `${task}.marker`);
  }

  /** What the runs of a task have left: "ran", "ended" and "destroyed", in order. */
  ran(task: string): string[] {
    try {
      return readFileSync(this.marker(task), "utf8").trim().split("\n");
    } catch {
      return [];
    }
  }
}
