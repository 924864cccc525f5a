import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceAddresses } from "../../bot/domain/firewall/rule.ts";
import type { Network } from "./network.ts";
import type { Ran } from "./run.ts";

const module = join(import.meta.dirname, "../../nomad/firewall");

/** A root module around nomad/firewall, as CTS would write it, whose Terraform runs beside the router. */
export class FirewallWorkspace {
  readonly #network: Network;
  readonly #terraform: string;
  readonly #folder: string;

  private constructor(network: Network, terraform: string, folder: string) {
    this.#network = network;
    this.#terraform = terraform;
    this.#folder = folder;
  }

  static async create(network: Network, terraform: string, folder: string, key: string): Promise<FirewallWorkspace> {
    writeFileSync(
      join(folder, "main.tf"),
      `variable "services" { type = map(object({ name = string, address = string, port = number })) }
variable "consul_kv" { type = map(string) }
variable "network_namespace" { default = "router" }
module "firewall" {
  source            = ${JSON.stringify(module)}
  services          = var.services
  consul_kv         = var.consul_kv
  network_namespace = var.network_namespace
  public_key        = "${key}"
}
`,
    );
    const workspace = new FirewallWorkspace(network, terraform, folder);
    const { code, output } = await workspace.terraform("init", "-input=false");
    if (code !== 0) throw new Error(output);
    return workspace;
  }

  /** What the next run finds in the store and in the catalog. Keys and values stand there as they are, as with CTS. */
  write(keys: Record<string, string>, services: ServiceAddresses = {}): void {
    const entries = Object.entries(keys).map(([key, value]) => `  "${key}" = "${value}"\n`);
    const instances = Object.entries(services).flatMap(([name, addresses]) =>
      addresses.map((address, index) => [`${name}-${index}`, { name, address, port: 0 }] as const),
    );
    const text = `consul_kv = {\n${entries.join("")}}\nservices = ${JSON.stringify(Object.fromEntries(instances))}\n`;
    writeFileSync(join(this.#folder, "terraform.tfvars"), text);
  }

  /** Exit code 2 when there is something to do, 0 when there is not. */
  plan(...args: string[]): Promise<Ran> {
    return this.terraform("plan", "-input=false", "-detailed-exitcode", ...args);
  }

  /** `programs`: a folder in which programs are looked for first. `unnoted`: as if Terraform did not know of the last run. */
  apply({ programs, unnoted = false }: { programs?: string; unnoted?: boolean } = {}): Promise<Ran> {
    const path = programs === undefined ? [] : ["env", `PATH=${programs}:${process.env["PATH"]}`];
    const again = unnoted ? ["-replace=module.firewall.terraform_data.ruleset"] : [];
    return this.#network.run([...path, ...this.#command("apply", "-input=false", "-auto-approve", ...again)]);
  }

  private terraform(command: string, ...args: string[]): Promise<Ran> {
    return this.#network.run(this.#command(command, ...args));
  }

  #command(command: string, ...args: string[]): string[] {
    return [this.#terraform, `-chdir=${this.#folder}`, command, "-no-color", ...args];
  }
}
