import { z } from "zod";
import { type Asked, nameOf, parsed, type Reply, tokenApi, type TokenAccess, type TokenSystem } from "../token-api.ts";
import { denied, failureOf, noLeader } from "./failure.ts";

export interface ConsulClient {
  /** What stands at the path; null when there is nothing. */
  get<T>(path: string, shape: z.ZodType<T>): Promise<T | null>;
  /** The body of the reply. */
  put<T>(path: string, body: object, shape: z.ZodType<T>): Promise<T>;
  /** All of it or nothing, in the key-value store: false, and nothing written, where one of its conditions does not hold. */
  transact(steps: TransactionStep[]): Promise<boolean>;
  /** Throws the Failure of a Consul that is away, or has no leader. */
  ping(): Promise<void>;
}

/** https://developer.hashicorp.com/consul/api-docs/txn#kv-operations; values are base64. */
export type TransactionStep =
  | { Verb: "cas"; Key: string; Value: string; Index: number }
  | { Verb: "delete-cas" | "check-index"; Key: string; Index: number }
  | { Verb: "check-not-exists"; Key: string }
  | { Verb: "lock" | "unlock"; Key: string; Value: string; Session: string };

export const consulSystem: TokenSystem = {
  key: "consul",
  name: "Consul",
  listener: "Consul's agent",
  renewal: "Renew the certificate of Consul's agent.",
  tokenHeader: "x-consul-token",
};

/**
 * Consul's HTTP API. Fails with `consul-down`, `consul-no-leader`, `consul-denied`, `consul-refused`, `consul-odd`,
 * `consul-token-missing` or `consul-ca-missing`, each with a hint.
 */
export function consulClient(access: TokenAccess): ConsulClient {
  const api = tokenApi(consulSystem, access, (asked, text) => denied(tell(asked), text));

  const understood = <T>(reply: Reply, asked: Asked, shape: z.ZodType<T>): T => {
    if (reply.status !== 200) throw failureOf(reply, tell(asked), access.address);
    return parsed(consulSystem, shape, reply, nameOf(asked));
  };

  return {
    async get(path, shape) {
      const asked = { method: "GET", path } as const;
      let reply = await api.ask(asked);
      // The server that was asked has just gone: the agent asks another one, which costs nothing where nothing is written.
      if (reply.status >= 500) reply = await api.ask(asked);
      return reply.status === 404 ? null : understood(reply, asked, shape);
    },

    async put(path, body, shape) {
      const asked = { method: "PUT", path, body } as const;
      return understood(await api.ask(asked), asked, shape);
    },

    async transact(steps) {
      const asked = { method: "PUT", path: "/v1/txn", body: steps.map((step) => ({ KV: step })) } as const;
      const reply = await api.ask(asked);
      // Here alone a token that may not is no 403.
      if (/permission denied/i.test(reply.text)) throw denied(tell(asked), reply.text);
      if (reply.status === 409) return false;
      understood(reply, asked, z.unknown());
      return true;
    },

    async ping() {
      const asked = { method: "GET", path: "/v1/status/leader" } as const;
      if (understood(await api.ask(asked), asked, z.string()) === "") throw noLeader();
    },
  };
}

const tell = (asked: Asked) => `${asked.method === "GET" ? "read" : "write"} ${nameOf(asked)}`;
