import { signingKey, type SigningKey } from "../../bot/adapters/firewall/signing-key.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import type { FirewallRule, ServiceAddresses } from "../../bot/domain/firewall/rule.ts";
import { sealedKeys, sealOf, signatureKey } from "../../bot/domain/firewall/sealed-keys.ts";
import { withoutRevision } from "./firewall-router.ts";
import { FirewallWorkspace } from "./firewall-workspace.ts";
import type { Host } from "./host.ts";
import { Network } from "./network.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const APP = "10.81.1.2";
export const DATABASE = "10.81.2.2";
export const PORT = 5432;

export const appToDatabase: FirewallRule = {
  from: { cidrs: [`${APP}/32`] },
  to: { service: "database" },
  protocol: "tcp",
  ports: { first: PORT, last: PORT },
};
export const appToBackup: FirewallRule = {
  ...appToDatabase,
  to: { cidrs: [`${DATABASE}/32`] },
  ports: { first: 7000, last: 7001 },
};
export const services = { database: [DATABASE] };

/** An app, a database and an outsider around a router, whose rules the module sets. */
export class FirewallWorld implements AsyncDisposable {
  readonly network: Network;
  readonly app: Host;
  readonly outsider: Host;
  readonly firewall: FirewallWorkspace;
  readonly key: SigningKey;
  readonly #owned: AsyncDisposableStack;
  /** The revision that stands. */
  #applied = 0;

  private constructor(
    { network, app, outsider, firewall, key }: Pick<FirewallWorld, "network" | "app" | "outsider" | "firewall" | "key">,
    owned: AsyncDisposableStack,
  ) {
    this.network = network;
    this.app = app;
    this.outsider = outsider;
    this.firewall = firewall;
    this.key = key;
    this.#owned = owned;
  }

  static async create(): Promise<FirewallWorld> {
    const { path: terraform } = await findProgram("terraform");
    await using owned = new AsyncDisposableStack();
    const { path: folder } = owned.use(temporaryFolder());
    const network = owned.use(await Network.create());
    const app = await network.addHost("app", 1);
    const database = await network.addHost("database", 2);
    const outsider = await network.addHost("outsider", 3);
    for (const port of [PORT, PORT - 1, 7000, 7001]) await database.listen(port);
    const key = signingKey(folder);
    const firewall = await FirewallWorkspace.create(network, terraform, folder, key.publicKey);
    return new FirewallWorld({ network, app, outsider, firewall, key }, owned.move());
  }

  /** What stands in Consul for these rules while they are applied: under the next revision unless another is named. */
  signed(
    rules: Record<string, FirewallRule>,
    options: { services?: ServiceAddresses; revision?: number } = {},
  ): Record<string, string> {
    const { services: addresses = {}, revision = this.#applied + 1 } = options;
    const keys = sealedKeys(rules, { services: addresses, revision });
    return { ...keys, [signatureKey]: this.key.sign(sealOf(rules, addresses, revision)) };
  }

  /** Has these rules approved and applied. */
  async enforce(
    rules: Record<string, FirewallRule>,
    options: { services?: ServiceAddresses; revision?: number } = {},
  ): Promise<void> {
    const { revision = this.#applied + 1 } = options;
    this.firewall.write(this.signed(rules, { ...options, revision }), options.services);
    const { code, output } = await this.firewall.apply();
    if (code !== 0 || !output.includes("Apply complete!")) throw new Error(output);
    this.#applied = revision;
  }

  /** Packets that each rule let through, by the rule's id; and those that were dropped. */
  async counted(): Promise<Record<string, number>> {
    const listed = await this.network.in("router", ["nft", "-j", "list", "counters"]);
    const { nftables } = JSON.parse(listed) as { nftables: { counter?: { name: string; packets: number } }[] };
    return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
  }

  /** Without the revision that the table remembers. */
  async ruleset(): Promise<string> {
    return withoutRevision(await this.network.in("router", ["nft", "--stateless", "list", "ruleset"]));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
