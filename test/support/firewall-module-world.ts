import { findProgram } from "../../lab/stack/find-program.ts";
import type { FirewallRule, ServiceAddresses } from "../../bot/domain/firewall/rule.ts";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
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
  readonly #owned: AsyncDisposableStack;

  private constructor(
    { network, app, outsider, firewall }: Pick<FirewallWorld, "network" | "app" | "outsider" | "firewall">,
    owned: AsyncDisposableStack,
  ) {
    this.network = network;
    this.app = app;
    this.outsider = outsider;
    this.firewall = firewall;
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
    const firewall = await FirewallWorkspace.create(network, terraform, folder);
    return new FirewallWorld({ network, app, outsider, firewall }, owned.move());
  }

  /** Has these rules approved and applied. */
  async enforce(
    rules: Record<string, FirewallRule>,
    options: { services?: ServiceAddresses; revision?: number } = {},
  ): Promise<void> {
    this.firewall.write(sealedKeys(rules, options), options.services);
    const { code, output } = await this.firewall.apply();
    if (code !== 0 || !output.includes("Apply complete!")) throw new Error(output);
  }

  /** Packets that each rule let through, by the rule's id; and those that were dropped. */
  async counted(): Promise<Record<string, number>> {
    const listed = await this.network.in("router", ["nft", "-j", "list", "counters"]);
    const { nftables } = JSON.parse(listed) as { nftables: { counter?: { name: string; packets: number } }[] };
    return Object.fromEntries(nftables.flatMap(({ counter }) => (counter ? [[counter.name, counter.packets]] : [])));
  }

  ruleset(): Promise<string> {
    return this.network.in("router", ["nft", "--stateless", "list", "ruleset"]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}
