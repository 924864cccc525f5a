import { z } from "zod";
import { type Asked, nameOf, parsed, type Reply, tokenApi, type TokenAccess, type TokenSystem } from "../token-api.ts";
import { denied, failureOf, noLeader } from "./failure.ts";

export interface ConsulClient {
  /** What stands at the path; null when there is nothing. */
  get<T>(path: string, shape: z.ZodType<T>): Promise<T | null>;
  /** The body of the reply. */
  put<T>(path: string, body: object, shape: z.ZodType<T>): Promise<T>;
  /** Throws the Failure of a Consul that is away, or has no leader. */
  ping(): Promise<void>;
}

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

    async ping() {
      const asked = { method: "GET", path: "/v1/status/leader" } as const;
      if (understood(await api.ask(asked), asked, z.string()) === "") throw noLeader();
    },
  };
}

const tell = (asked: Asked) => `${asked.method === "GET" ? "read" : "write"} ${nameOf(asked)}`;
