import { join } from "node:path";
import { rm, writeFile } from "node:fs/promises";
import { consulAddresses } from "../../bot/adapters/consul/addresses.ts";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { gateLock } from "../../bot/adapters/consul/gate-lock.ts";
import { ruleKeys } from "../../bot/adapters/consul/keys.ts";
import { ctsClient } from "../../bot/adapters/cts/client.ts";
import { syncTask } from "../../bot/adapters/cts/sync-task.ts";
import { signingKey } from "../../bot/adapters/firewall/signing-key.ts";
import type { FirewallPolicy } from "../../bot/domain/firewall/policy.ts";
import type { Firewall } from "../../bot/operations/firewall/ports.ts";
import { eventually } from "../../lab/eventually.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { startDevConsul } from "./consul-dev.ts";
import { ctsAt, ctsCommand, missingStart, terraformEnv, writeCtsFile } from "./cts.ts";
import type { DevAgent } from "./dev-agent.ts";
import { aFirewallPolicy, hosts } from "./firewall-requests.ts";
import { TestProbers } from "./firewall-probers.ts";
import { testRouter } from "./firewall-router.ts";
import type { Host } from "./host.ts";
import { missingNetwork, Network } from "./network.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const module = join(import.meta.dirname, "../../nomad/firewall");

/** The router's table before the first rule, as the module itself begins it. */
const closed =
  "add table inet certops; add chain inet certops forward { type filter hook forward priority filter; policy drop; }";

/** What the lab's bot may do in Consul. */
const botRules = `key_prefix "firewall/" { policy = "write" }
key "certops/firewall-gate" { policy = "write" }
session_prefix "" { policy = "write" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;

const ctsRules = `key_prefix "firewall/" { policy = "read" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;

/** What another process needs to work on the same firewall: JSON. */
export interface FirewallPlace {
  consul: { address: string; tokenFile: string };
  cts: string;
  enter: string[];
  policy: FirewallPolicy;
  /** The folder of the key that its bots sign with. */
  key: string;
}

/** A real Consul, a CTS, Terraform and a router of its own with hosts around it. */
export interface FirewallWorld extends AsyncDisposable {
  place: FirewallPlace;
  consul: DevAgent;
  cts: Child;
  probers: TestProbers;
  firewall: Firewall;
  hosts: Record<keyof typeof hosts, Host>;
  /** In Consul's catalog; no address takes it out. */
  register(service: string, addresses: string[]): Promise<void>;
  /** What stands under firewall/, by key. */
  keys(): Promise<Record<string, string>>;
  /** As somebody would who may write there; null takes it out. */
  smuggle(key: string, value: string | null): Promise<void>;
  /** No keys, no task, no state of Terraform's and an empty table: as before the first request of a new store. */
  startAnew(): Promise<void>;
  /** In the router's namespace. */
  router(...command: string[]): Promise<string>;
}

/** What is missing for it here; null: nothing. */
export const missingForFirewall = (): string | null => missingStart ?? missingNetwork();

export function firewallAt({ consul: access, cts, enter, policy, key }: FirewallPlace, owner = "test") {
  const consul = consulClient({ ...access, caFile: "none", deadlineMs: 5_000 });
  const probers = new TestProbers(enter);
  const client = ctsClient({ address: cts, identityFile: "none", caFile: "none" });
  const { publicKey, sign } = signingKey(key);
  const variables = { network_namespace: "router", public_key: publicKey };
  const firewall: Firewall = {
    policy,
    rules: ruleKeys(consul),
    gate: gateLock(consul, { owner }),
    task: syncTask(client, { name: "firewall", module, variables }),
    sign,
    addresses: consulAddresses(consul),
    hosts: async () => [],
    probers,
    router: testRouter(enter),
  };
  return { firewall, probers };
}

export async function aFirewallWorld(changes: Partial<FirewallPolicy> = {}): Promise<FirewallWorld> {
  await using owned = new AsyncDisposableStack();
  const network = owned.use(await Network.create());
  const added = await Promise.all(
    Object.entries(hosts).map(
      async ([name, address]) => [name, await network.addHost(name, Number(address.split(".")[2]))] as const,
    ),
  );
  const all = Object.fromEntries(added) as Record<keyof typeof hosts, Host>;
  await network.in("router", ["nft", closed]);
  for (const port of [5431, 5432, 5433, 7000]) await all.database.listen(port);
  await all.database.swallow(5353);
  const consul = owned.use(await startDevConsul());
  const folder = owned.use(temporaryFolder());
  const tokenFile = folder.file("token");
  await writeFile(tokenFile, await consul.token(botRules), { mode: 0o600 });
  const { ports, reservation } = await reserveFreePorts(["default"]);
  owned.use(reservation);
  const port = ports.console;
  const file = {
    port,
    consul: { address: consul.address, token: await consul.token(ctsRules) },
    terraform: (await findProgram("terraform")).path,
    dir: folder.path,
  };
  const place: FirewallPlace = {
    consul: { address: consul.address, tokenFile },
    cts: `http://127.0.0.1:${port}`,
    enter: network.enterBeside,
    policy: aFirewallPolicy(changes),
    key: folder.path,
  };
  const supervisor = owned.use(new Supervisor({ marker: folder.path }));
  const [command = "", ...before] = place.enter;
  const started = ctsCommand(writeCtsFile(file));
  const cts = await supervisor.spawn({
    name: "cts",
    command,
    args: [...before, started.command, ...started.args],
    env: terraformEnv,
    log: join(folder.path, "cts.log"),
    async ready(signal) {
      const api = ctsAt(place.cts);
      const serves = async () =>
        (await api.call("GET", "/v1/status", undefined, { signal })).status === 200 ? true : null;
      await eventually("CTS", serves, signal);
    },
  });
  const { firewall, probers } = firewallAt(place);
  owned.use(probers);
  const registered = new Map<string, number>();
  const kept = owned.move();
  const world: FirewallWorld = {
    place,
    consul,
    cts,
    probers,
    firewall,
    hosts: all,
    async register(service, addresses) {
      for (const [index, address] of addresses.entries()) {
        const Service = { ID: `${service}-${index}`, Service: service, Address: address, Port: 5432 };
        const node = { Node: `${service}-${index}`, Address: "10.9.9.9" };
        await consul.ask("PUT", "/v1/catalog/register", { ...node, Service });
      }
      for (let index = addresses.length; index < (registered.get(service) ?? 0); index += 1) {
        await consul.ask("PUT", "/v1/catalog/deregister", { Node: `${service}-${index}` });
      }
      registered.set(service, addresses.length);
    },
    keys: async () =>
      Object.fromEntries(Object.entries(await firewall.rules.read()).map(([key, { value }]) => [key, value])),
    async smuggle(key, value) {
      const path = key.split("/").map(encodeURIComponent).join("/");
      const Value = Buffer.from(value ?? "").toString("base64");
      const step = value === null ? { Verb: "delete", Key: key } : { Verb: "set", Key: key, Value };
      if (path !== "") await consul.ask("PUT", "/v1/txn", [{ KV: step }]);
    },
    async startAnew() {
      for (const key of Object.keys(await world.keys())) await world.smuggle(key, null);
      await consul.ask("DELETE", "/v1/kv/certops/firewall-gate");
      const api = ctsAt(place.cts);
      await eventually(
        "the task to be gone",
        async () => ((await api.call("DELETE", "/v1/tasks/firewall")).status === 404 ? true : null),
        AbortSignal.timeout(30_000),
      );
      await rm(join(folder.path, "terraform.tfstate.d"), { recursive: true, force: true });
      await rm(join(folder.path, "sync-tasks"), { recursive: true, force: true });
      await network.in("router", ["nft", `delete table inet certops; ${closed}`]);
    },
    router: (...args) => network.in("router", args),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  await world.register("database", [hosts.database]);
  return world;
}
