import nodeVault from "node-vault";
import { z } from "zod";
import { Failure } from "../../errors.ts";
import { fileOr, heldToken } from "../secret-file.ts";
import { answerOf, failureOf } from "./failure.ts";

export interface VaultClient {
  /** The body of the reply, to be parsed where it is used; null when there is nothing at the path. */
  read(path: string): Promise<unknown>;
  /** The keys under the path; none when there is nothing. */
  list(path: string): Promise<string[]>;
  /** The body of the reply. A check-and-set that lost is the Failure `vault-conflict`. */
  write(path: string, data: Record<string, unknown>): Promise<unknown>;
  /** The body of sys/health, whatever Vault's state. Needs no token. */
  health(): Promise<unknown>;
}

export interface VaultAccess {
  address: string;
  caFile: string;
  /** Rendered by the bot's agent; read again when Vault refuses what it held. */
  tokenFile: string;
  /** For each request. */
  deadlineMs?: number;
}

type Raw = ReturnType<typeof nodeVault>;

/**
 * Fails with `vault-sealed`, `vault-down`, `vault-denied`, `vault-conflict`, `vault-refused`, `vault-token-missing` or
 * `vault-ca-missing`, each with a hint. What node-vault throws holds the token: nothing of it goes on.
 */
export function vaultClient({ address, caFile, tokenFile, deadlineMs = 5_000 }: VaultAccess): VaultClient {
  let connected: Promise<Raw> | null = null;

  const connect = async (): Promise<Raw> => {
    const ca = await fileOr(caFile, "vault-ca-missing", "Check vault.caFile in certops.yaml.");
    const agentOptions = { keepAlive: true, timeout: deadlineMs };
    const requestOptions = { ca, strictSSL: true, timeout: deadlineMs, agentOptions };
    // node-vault would take all three from the environment.
    return Object.assign(nodeVault({ endpoint: address, requestOptions }), {
      token: "",
      namespace: "",
      pathPrefix: "",
    });
  };

  /** The roots are read again after a failure: they may have been replaced. */
  const connection = async (): Promise<Raw> => {
    connected ??= connect();
    try {
      return await connected;
    } catch (error) {
      connected = null;
      throw error;
    }
  };

  const attempt = async (what: string, request: (vault: Raw) => Promise<unknown>): Promise<unknown> => {
    const vault = await connection();
    const timeout = Promise.withResolvers<never>();
    const deadline = setTimeout(() => timeout.reject({ code: "ETIMEDOUT" }), deadlineMs);
    try {
      return await Promise.race([request(vault), timeout.promise]);
    } catch (error) {
      const failure = failureOf(error, what, address);
      if (failure.code === "vault-down") connected = null;
      throw failure;
    } finally {
      clearTimeout(deadline);
    }
  };

  const token = heldToken(tokenFile, {
    code: "vault-token-missing",
    hint: "The bot's Vault agent renders it: see vault.tokenFile in certops.yaml, and that agent's log.",
    wasRefused: (error) => error instanceof Failure && error.code === "vault-denied",
  });

  const authorized = (what: string, request: (vault: Raw) => Promise<unknown>): Promise<unknown> =>
    token.use((value) =>
      attempt(what, (vault) => {
        vault.token = value;
        return request(vault);
      }),
    );

  return {
    read: (path) => authorized(`read ${path}`, (vault) => vault.read(path).catch(nullWhenAbsent)),

    async list(path) {
      const listed = await authorized(`list ${path}`, (vault) => vault.list(path).catch(nullWhenAbsent));
      return keysOf(listed, path);
    },

    write: (path, data) => authorized(`write ${path}`, (vault) => vault.write(path, data)),

    health: () => attempt("ask for the health", (vault) => vault.health()),
  };
}

function nullWhenAbsent(error: unknown): null {
  if (answerOf(error)?.statusCode === 404) return null;
  throw error;
}

const listReply = z.object({ data: z.object({ keys: z.array(z.string()) }) });

function keysOf(listed: unknown, path: string): string[] {
  if (listed === null) return [];
  const { success, data } = listReply.safeParse(listed);
  if (success) return data.data.keys;
  throw new Failure("vault-odd", `What answered for ${path} is not Vault.`, "Check vault.address in certops.yaml.");
}
