import { writeFileSync } from "node:fs";
import type { Server as HttpsServer } from "node:https";
import { onTestFinished } from "vitest";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { certificatesIn } from "../../bot/adapters/x509.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import type { Swap } from "../../bot/domain/swap.ts";
import type { Probe, Swaps } from "../../bot/operations/ports.ts";
import { anEndpoint, aService } from "./renewal-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { TestPki } from "./test-pki.ts";
import { httpsServer, type Listening } from "./tls-server.ts";
import { type VaultStandIn, vaultStandIn } from "./vault-stand-in.ts";

/** What an instance's agent does when its generation changes. */
type Agent = "serves" | "does not ask" | "is refused by the instance";

export interface Instance {
  agent: Agent;
  /** Certificates the agent asks for at each generation; all but the last are thrown away. */
  asks: number;
  /** How many of the next connections are reset before their handshake. */
  refuses: number;
  /** What it serves now. */
  serial: string;
  stop(): Promise<void>;
}

export interface World {
  service: ManagedService;
  vault: VaultStandIn;
  probe: Probe;
  swaps: Swaps;
  /** By name. */
  instances: Record<string, Instance>;
  /** What a process needs to probe it: paths. */
  files: { identityFile: string; caFile: string };
}

/** Real TLS servers that want a client certificate, and agents that renew them as their generation is written. */
export async function aWorld(changes: Partial<ManagedService> = {}, names = ["a-1", "a-2"]): Promise<World> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const pki = await TestPki.create();
  const files = { identityFile: folder.file("identity.pem"), caFile: folder.file("root.pem") };
  writeFileSync(files.identityFile, (await pki.leaf("certops-bot")).identity, { mode: 0o600 });
  writeFileSync(files.caFile, pki.root);

  const instances: Record<string, Instance> = {};
  const swaps: Record<string, Swap[]> = {};
  const servers: Record<string, Listening> = {};
  let held: Record<string, string> = Object.fromEntries(names.map((name) => [name, "g0"]));

  const issue = async (generation: string) => {
    const leaf = await pki.leaf("service-a.example.com", { generation, ttl: 120 });
    vault.certificates.push(...certificatesIn(leaf.certificate, "the test's PKI"));
    return leaf;
  };

  const render = async (name: string, generation: string) => {
    const instance = instances[name];
    const server = servers[name]?.server as HttpsServer | undefined;
    if (!instance || !server || instance.agent === "does not ask") return;
    for (let asked = 1; asked < instance.asks; asked += 1) await issue(generation);
    const leaf = await issue(generation);
    const swap = { at: Date.now(), serial: leaf.serial, generation, previousSerial: instance.serial };
    if (instance.agent === "is refused by the instance") {
      swaps[name]?.push({ ...swap, outcome: "refused", problem: "key and certificate do not belong together" });
      return;
    }
    server.setSecureContext({ key: leaf.key, cert: leaf.chain, ca: pki.root });
    swaps[name]?.push({ ...swap, outcome: "swapped", problem: null });
    instance.serial = leaf.serial;
  };

  const vault = vaultStandIn(held, (next) => {
    const changed = Object.entries(next).filter(([name, generation]) => held[name] !== generation);
    held = next;
    for (const [name, generation] of changed) void render(name, generation);
  });

  for (const name of names) {
    const leaf = await issue("g0");
    const options = { key: leaf.key, cert: leaf.chain, ca: pki.root, requestCert: true, rejectUnauthorized: true };
    const listening = await httpsServer(options);
    onTestFinished(() => listening[Symbol.asyncDispose]());
    const instance: Instance = {
      agent: "serves",
      asks: 1,
      refuses: 0,
      serial: leaf.serial,
      stop: async () => listening[Symbol.asyncDispose](),
    };
    listening.server.prependListener("connection", (socket) => {
      if (instance.refuses <= 0) return;
      instance.refuses -= 1;
      socket.resetAndDestroy();
    });
    instances[name] = instance;
    servers[name] = listening;
    swaps[name] = [];
  }

  const endpoints = names.map((name) =>
    anEndpoint(name, { port: servers[name]?.port ?? 0, admin: `http://${name}.invalid` }),
  );
  return {
    service: aService({ endpoints, ...changes }),
    vault,
    probe: createProbe(files),
    swaps: async ({ instance }) => swaps[instance] ?? [],
    instances,
    files,
  };
}
