import { writeFile } from "node:fs/promises";
import type { Server as HttpsServer } from "node:https";
import { z } from "zod";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { generations } from "../../bot/adapters/vault/generations.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { pause } from "../../bot/operations/waiting.ts";
import { anEndpoint, aService } from "./renewal-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { httpsServer } from "./tls-server.ts";
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
}

const issued = z.object({
  certificate: z.string(),
  private_key: z.string(),
  ca_chain: z.array(z.string()),
  serial_number: z.string(),
});
const agentPollMs = 20;

export async function aVaultWorld(): Promise<VaultWorld> {
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
  const serving: Record<string, { server: HttpsServer; port: number; generation: string; serial: string }> = {};
  const leafOf = async (generation: string) => {
    const uri_sans = `urn:certops:generation:${generation}`;
    const leaf = await issue("service-a", "service-a.example.com", { uri_sans });
    return { key: leaf.private_key, cert: pemOf(leaf), ca: lab.root.certificatePem, serial: leaf.serial_number };
  };
  for (const name of ["a-1", "a-2"]) {
    const { serial, ...pem } = await leafOf("g0");
    const { server, port } = owned.use(await httpsServer({ ...pem, requestCert: true, rejectUnauthorized: true }));
    serving[name] = { server: server as HttpsServer, port, generation: "g0", serial };
  }

  const stop = new AbortController();
  const agent = (async () => {
    while (!stop.signal.aborted) {
      const { instances } = await kept.read(at);
      for (const [name, generation] of Object.entries(instances)) {
        const instance = serving[name];
        if (instance === undefined || instance.generation === generation) continue;
        const { serial, ...pem } = await leafOf(generation);
        instance.server.setSecureContext(pem);
        Object.assign(instance, { generation, serial });
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
      endpoints: Object.entries(serving).map(([name, { port }]) => anEndpoint(name, { port })),
      deployment: at,
    }),
    vault,
    files,
    serials: () => Object.values(serving).map(({ serial }) => serial),
    generations: () => kept.read(at),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
