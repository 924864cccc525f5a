import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { GENERATION_URI, type Service } from "../../vault-config/services.ts";
import type { Vault } from "../../vault-config/vault.ts";
import type { AppRoleLogin } from "./agent.ts";
import type { VaultServer } from "./vault-server.ts";

const PERIOD = "24h";
const RENEW_EVERY_MS = 3_600_000;
const WRAP_TTL = "60s";
const COMMIT_TRIES = 8;
const COMMIT_PAUSE_MS = 40;

/** All that the lab's supervisor may do in Vault once the root token is gone. */
export interface SupervisorAccess extends AppRoleLogin, AsyncDisposable {
  readonly vault: Vault;
  /** A leaf of three seconds, for the cases about expired certificates: key, certificate and chain, PEM. */
  issueShortLeaf(service: Service, generation: string): Promise<string>;
}

const roleIdReply = z.object({ role_id: z.string() });
const leafReply = z.object({ private_key: z.string(), certificate: z.string(), ca_chain: z.array(z.string()) });

/** Makes the supervisor's token with the root token, and keeps it alive until disposed of, when it is revoked. */
export async function supervisorAccess(
  server: VaultServer,
  onProblem: (error: unknown) => void,
): Promise<SupervisorAccess> {
  const token = await server.asRoot.token("auth/token/create-orphan", {
    policies: ["lab-supervisor"],
    no_default_policy: true,
    period: PERIOD,
    display_name: "lab-supervisor",
  });
  const vault = server.connect(token);
  const renewal = setInterval(() => void vault.write("auth/token/renew-self", {}).catch(onProblem), RENEW_EVERY_MS);
  renewal.unref();
  return {
    vault,
    roleId: (role) => readRoleId(vault, role),
    wrapSecretId: (role) => wrapSecretId(vault, role),
    async issueShortLeaf({ name, serverName }, generation) {
      const leaf = leafReply.parse(
        await vault.write(`pki/issue/${name}`, {
          common_name: serverName,
          ttl: "3s",
          uri_sans: `${GENERATION_URI}${generation}`,
        }),
      );
      return `${[leaf.private_key, leaf.certificate, ...leaf.ca_chain].join("\n")}\n`;
    },
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      // Vault may be gone already; then the token goes with it.
      await vault.write("auth/token/revoke-self", {}).catch(() => {});
    },
  };
}

async function readRoleId(vault: Vault, role: string): Promise<string> {
  return roleIdReply.parse(await vault.read(`auth/approle/role/${role}/role-id`)).role_id;
}

/** A token that opens once, within a minute, and gives a fresh secret id of that role. */
export async function wrapSecretId(vault: Vault, role: string): Promise<string> {
  return committed(() => vault.wrap(`auth/approle/role/${role}/secret-id`, WRAP_TTL));
}

/** Two agents of one role may start at once; of two transactions on one entry OpenBao commits the first, and refuses the other. */
async function committed<T>(write: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await write();
    } catch (error) {
      const lost = error instanceof Problem && error.message.includes("transaction commit failed");
      if (!lost || tries === COMMIT_TRIES) throw error;
      await delay(COMMIT_PAUSE_MS * tries * Math.random());
    }
  }
}
