import { writeFile } from "node:fs/promises";
import type { Server as HttpsServer } from "node:https";
import { z } from "zod";
import { revocationListIn } from "../../bot/adapters/revocation-list.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { pause } from "../../bot/operations/waiting.ts";
import { anEndpoint, aService } from "./renewal-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { httpServer, httpsServer, type Listening } from "./tls-server.ts";
import { startTestVault } from "./vault.ts";

/** A service under a real Vault: instances that want a client certificate, each renewed as its generation is written. */
export interface VaultWorld extends AsyncDisposable {
  service: ManagedService;
  /** What a process needs to ask Vault as the bot. */
  vault: { address: string; caFile: string; tokenFile: string };
  /** What a process needs to probe the instances. */
  files: { identityFile: string; caFile: string };
  /** What each instance serves now. */
  serials(): string[];
  /** The generations as Vault has them, and how often they were written. */
  generations(): Promise<{ version: number; instances: Record<string, string> }>;
  /** The serials in Vault's list now. */
  listed(): Promise<ReadonlySet<string>>;
  /** Keeps what an instance serves now, key and all, in a file. */
  keepPair(name: string): Promise<string>;
}

interface Serving {
  server: HttpsServer;
  port: number;
  admin: string | null;
  generation: string;
  serial: string;
  pem: { key: string; cert: string; ca: string };
}

const listed = z.object({ certificate: z.string() });

/** Says of the serials it is asked for which of them are in the list. */
function adminPort(names: () => ReadonlySet<string>): Promise<Listening> {
  const bare = (serial: string) => serial.replaceAll(":", "");
  return httpServer(({ url = "" }, response) => {
    const asked = new URL(url, "http://admin").searchParams.getAll("serial");
    const held = new Set([...names()].map(bare));
    response.end(JSON.stringify({ checks: true, named: asked.filter((serial) => held.has(serial)) }));
  });
}

const issued = z.object({
  certificate: z.string(),
  private_key: z.string(),
  ca_chain: z.array(z.string()),
  serial_number: z.string(),
});
const agentPollMs = 20;

/** `lists`: its agents render Vault's revocation list too, which the instances look into, and say on an admin port what it names. */
export async function aVaultWorld({ lists = false } = {}): Promise<VaultWorld> {
  await using owned = new AsyncDisposableStack();
  const lab = owned.use(await startTestVault());
  await lab.applyAll();
  const folder = owned.use(temporaryFolder());
  const { asRoot } = lab.server;
  const { address } = lab.server;
  const caFile = lab.server.files.ca;
  const tokenFor = async (policy: string) => {
    const tokenFile = folder.file(`${policy}-token`);
    await writeFile(tokenFile, await asRoot.token("auth/token/create", { policies: [policy], ttl: "1h" }));
    return { address, caFile, tokenFile };
  };
  const issue = async (role: string, name: string, more: object = {}) =>
    issued.parse(await asRoot.write(`pki/issue/${role}`, { common_name: name, ttl: "10m", ...more }));
  const pemOf = ({ certificate, ca_chain }: z.infer<typeof issued>) => [certificate, ...ca_chain].join("\n");

  const bot = await issue("certops-bot", "certops-bot");
  const files = { identityFile: folder.file("identity.pem"), caFile };
  await writeFile(files.identityFile, `${bot.private_key}\n${pemOf(bot)}\n`, { mode: 0o600 });

  const at = { kind: "vault-agent", mount: "kv", path: "certops/service-a" } as const;
  const kept = generations(vaultClient(await tokenFor("root")));
  const serving: Record<string, Serving> = {};
  const leafOf = async (generation: string) => {
    const uri_sans = `urn:certops:generation:${generation}`;
    const leaf = await issue("service-a", "service-a.example.com", { uri_sans });
    return { key: leaf.private_key, cert: pemOf(leaf), ca: lab.root.certificatePem, serial: leaf.serial_number };
  };
  const listNow = async () => {
    const { certificate } = listed.parse(await asRoot.read("pki/cert/crl"));
    return { pem: certificate, names: revocationListIn(certificate).serials };
  };
  let list = await listNow();
  const withList = <P extends object>(pem: P) => (lists ? { ...pem, crl: [lab.root.crlPem, list.pem] } : pem);
  for (const name of ["a-1", "a-2"]) {
    const { serial, ...pem } = await leafOf("g0");
    const strict = { requestCert: true, rejectUnauthorized: true };
    const { server, port } = owned.use(await httpsServer({ ...withList(pem), ...strict }));
    const admin = lists ? `http://127.0.0.1:${owned.use(await adminPort(() => list.names)).port}` : null;
    serving[name] = { server: server as HttpsServer, port, admin, generation: "g0", serial, pem };
  }

  const renderList = async () => {
    const before = list.pem;
    list = await listNow();
    if (list.pem === before) return;
    for (const { server, pem } of Object.values(serving)) server.setSecureContext(withList(pem));
  };
  const stop = new AbortController();
  const agent = (async () => {
    while (!stop.signal.aborted) {
      const { instances } = await kept.read(at);
      if (lists) await renderList();
      for (const [name, generation] of Object.entries(instances)) {
        const instance = serving[name];
        if (instance === undefined || instance.generation === generation) continue;
        const { serial, ...pem } = await leafOf(generation);
        instance.server.setSecureContext(withList(pem));
        Object.assign(instance, { generation, serial, pem });
      }
      await pause(agentPollMs, stop.signal);
    }
  })();
  owned.defer(async () => {
    stop.abort();
    await agent;
  });
  const vault = await tokenFor("certops-bot");
  const running = owned.move();
  return {
    service: aService({
      endpoints: Object.entries(serving).map(([name, { port, admin }]) => anEndpoint(name, { port, admin })),
      deployment: at,
    }),
    vault,
    files,
    serials: () => Object.values(serving).map(({ serial }) => serial),
    generations: () => kept.read(at),
    listed: async () => (await listNow()).names,
    async keepPair(name) {
      const file = folder.file(`${name}-${serving[name]?.serial.replaceAll(":", "")}.pem`);
      await writeFile(file, `${serving[name]?.pem.key}\n${serving[name]?.pem.cert}\n`, { mode: 0o600 });
      return file;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
