import nodeVault from "node-vault";
import { z } from "zod";
import type { Fields } from "./fields.ts";
import { denied, explainFailure, notVault, statusOf } from "./vault-failure.ts";

const reply = z.record(z.string(), z.json());
const wrapped = z.object({ wrap_info: z.object({ token: z.string() }) });
const tokenReply = z.object({ auth: z.object({ client_token: z.string() }) });

export interface VaultOptions {
  /** For example `https://127.0.0.1:8200`. */
  address: string;
  token?: string;
  /** PEM of the authority that signed Vault's own certificate; the system's authorities when left out. */
  ca?: string;
  namespace?: string;
  deadlineMs?: number;
}

/** Vault's API, as much of it as the lab and `apply` use. Every method throws a `Problem` when Vault does not do as asked. */
export interface Vault {
  readonly address: string;
  /** The `data` of the reply (the reply itself where `sys/` answers without), or null where Vault has nothing there. */
  read(path: string): Promise<Fields | null>;
  /** The `keys` under a path, empty where there are none. */
  list(path: string): Promise<string[]>;
  write(path: string, fields: Fields): Promise<Fields>;
  delete(path: string): Promise<void>;
  /** Writes, and gets in place of the answer a token with which it can be opened once. */
  wrap(path: string, ttl: string, fields?: Fields): Promise<string>;
  /** Writes to an endpoint that answers with a token: a login, or the making of a token. */
  token(path: string, fields: Fields): Promise<string>;
}

export function connectVault(options: VaultOptions): Vault {
  const { address, token = "", ca, namespace = "", deadlineMs = 10_000 } = options;
  const requestOptions = { timeout: deadlineMs, ...(ca === undefined ? {} : { ca }) };
  // node-vault would take token, namespace and prefix from the environment: this client is what its options say.
  const client = Object.assign(nodeVault({ endpoint: address, requestOptions }), { token, namespace, pathPrefix: "" });

  /** An empty answer arrives as an empty text. */
  const fieldsOf = (answer: unknown): Fields => {
    const fields = reply.safeParse(answer || {});
    if (!fields.success) throw notVault(address);
    const data = reply.safeParse(fields.data["data"]);
    return data.success ? data.data : fields.data;
  };
  /** The errors of node-vault hold the request with its token, so they never leave this file. */
  const asked = async (path: string, answer: Promise<unknown>): Promise<unknown> => {
    try {
      return await answer;
    } catch (error) {
      throw explainFailure(error, address, path);
    }
  };
  const orNull = async (path: string, answer: Promise<unknown>): Promise<Fields | null> => {
    let answered: unknown;
    try {
      answered = await answer;
    } catch (error) {
      if (statusOf(error) === 404) return null;
      throw explainFailure(error, address, path);
    }
    return fieldsOf(answered);
  };

  return {
    address,
    read: (path) => orNull(path, client.read(path)),
    async list(path) {
      const found = await orNull(path, client.list(path));
      return z.array(z.string()).parse(found?.["keys"] ?? []);
    },
    async write(path, fields) {
      return fieldsOf(await asked(path, client.write(path, fields)));
    },
    async delete(path) {
      await asked(path, client.delete(path));
    },
    async wrap(path, ttl, fields = {}) {
      const headers = { "X-Vault-Wrap-TTL": ttl };
      const answer = wrapped.safeParse(await asked(path, client.write(path, fields, { headers })));
      if (!answer.success) throw denied(address, path);
      return answer.data.wrap_info.token;
    },
    async token(path, fields) {
      const answer = tokenReply.safeParse(await asked(path, client.write(path, fields)));
      if (!answer.success) throw denied(address, path);
      return answer.data.auth.client_token;
    },
  };
}
