import { readFileSync } from "node:fs";
import { join } from "node:path";
import { signingKey } from "../../bot/adapters/firewall/signing-key.ts";
import type { FirewallRule, ServiceAddresses } from "../../bot/domain/firewall/rule.ts";
import { sealedKeys, sealOf, signatureKey } from "../../bot/domain/firewall/sealed-keys.ts";
import { enterHost } from "../../lab/demo/on-host.ts";
import { isolation } from "../../lab/firewall/isolation.ts";
import { type Ask, ConsulApi } from "../../lab/stack/consul-api.ts";
import type { LabState } from "../../lab/state.ts";
import { type Cts, ctsAt } from "./cts.ts";
import { type Ran, run } from "./run.ts";

const apart = isolation();

/** What keeps a lab with a firewall from this machine; null when nothing does. */
export const missingFirewall = "args" in apart ? null : apart.missing;

/** What service-a needs to reach service-b. */
export const appToDatabase = {
  from: { service: "service-a" },
  to: { service: "service-b" },
  protocol: "tcp",
  ports: { first: 8443, last: 8443 },
} as const;

/** Runs a command on a host of that lab; one that fails is told, not thrown. */
export function onHost(state: Pick<LabState, "firewall">, name: string, command: string[]): Promise<Ran> {
  return run([...enterHost(state, name), ...command]);
}

/** "open", or what came in place of it, when a host tries a port. */
export async function tryFrom(state: LabState, host: string, address: string, port: number): Promise<string> {
  const script = `
    const socket = require("node:net").connect(${port}, ${JSON.stringify(address)});
    const tell = (outcome) => { console.log(outcome); process.exit(); };
    socket.on("connect", () => tell("open")).on("error", ({ code }) => tell(code));
    setTimeout(tell, 1_000, "silent");`;
  return (await onHost(state, host, [process.execPath, "--eval", script])).output.trim();
}

/** CTS as the bot speaks to it. */
export function ctsOf({ urls, files, dir }: LabState): Cts {
  const pair = readFileSync(join(dir, "bot", "identity.pem"), "utf8");
  return ctsAt(urls.cts ?? "", { ca: readFileSync(files.root, "utf8"), cert: pair, key: pair });
}

/** Puts these rules, and no others, into Consul as whoever has the bot's key could, without anybody's approval, and has CTS apply them. */
export async function applyByHand(
  state: LabState,
  rules: Record<string, FirewallRule>,
  services: ServiceAddresses,
  revision: number,
): Promise<void> {
  await using consul = new ConsulApi(readFileSync(state.files.root, "utf8"));
  const token = readFileSync(join(state.dir, "bot", "consul-token"), "utf8").trim();
  const ask = consul.as({ address: state.urls.consul ?? "", token });
  const { publicKey, sign } = signingKey(join(state.dir, "bot"));
  const signature = sign(sealOf(rules, services, revision));
  await writeKeys(ask, { ...sealedKeys(rules, { services, revision }), [signatureKey]: signature });
  const cts = ctsOf(state);
  const task = {
    name: "firewall",
    module: join(import.meta.dirname, "../../nomad/firewall"),
    enabled: false,
    condition: { consul_kv: { path: "firewall/", recurse: true, use_as_module_input: true } },
    module_input: { services: { names: ["service-a", "service-b"] } },
    variables: { network_namespace: '"router"', public_key: JSON.stringify(publicKey) },
  };
  await cts.call("DELETE", "/v1/tasks/firewall");
  await expectStatus(cts.call("POST", "/v1/tasks", { task }), 201);
  await expectStatus(cts.call("PATCH", "/v1/tasks/firewall?run=now", { enabled: true }), 200);
  await expectStatus(cts.call("PATCH", "/v1/tasks/firewall", { enabled: false }), 200);
}

async function writeKeys(ask: Ask, keys: Record<string, string>): Promise<void> {
  const base64 = (value: string) => Buffer.from(value).toString("base64");
  await ask("PUT", "/v1/txn", [
    { KV: { Verb: "delete-tree", Key: "firewall/" } },
    ...Object.entries(keys).map(([Key, value]) => ({ KV: { Verb: "set", Key, Value: base64(value) } })),
  ]);
}

async function expectStatus(answer: ReturnType<Cts["call"]>, wanted: number): Promise<void> {
  const { status, body } = await answer;
  if (status !== wanted) throw new Error(`CTS answered ${status}: ${JSON.stringify(body)}`);
}
