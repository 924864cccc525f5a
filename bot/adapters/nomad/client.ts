import { type Asked, nameOf, type Reply, tokenApi, type TokenAccess, type TokenSystem } from "../token-api.ts";
import { denied, failureOf } from "./failure.ts";

export interface NomadClient {
  /** null when there is nothing at the path. Waits up to `deadlineMs` where the path is a blocking query's. */
  get(path: string, how?: Pick<Asked, "deadlineMs" | "signal">): Promise<Reply | null>;
  /** Also a conflict, 409, is a reply. */
  put(path: string, body: object): Promise<Reply>;
  /** Throws the Failure of a Nomad that is away, or has no leader. */
  ping(): Promise<void>;
}

export const nomadSystem: TokenSystem = {
  key: "nomad",
  name: "Nomad",
  listener: "Nomad's agent",
  renewal: "Renew the certificate of Nomad's agent.",
  tokenHeader: "x-nomad-token",
};

/**
 * Nomad's HTTP API. Fails with `nomad-down`, `nomad-no-leader`, `nomad-denied`, `nomad-refused`, `nomad-odd`,
 * `nomad-token-missing` or `nomad-ca-missing`, each with a hint.
 */
export function nomadClient(access: TokenAccess): NomadClient {
  const api = tokenApi(nomadSystem, access, (asked) => denied(verb(asked)));

  const ask = async (asked: Asked, expected: number[]): Promise<Reply> => {
    const reply = await api.ask(asked);
    if (!expected.includes(reply.status)) throw failureOf(reply, verb(asked), access.address);
    return reply;
  };

  return {
    async get(path, how = {}) {
      const reply = await ask({ method: "GET", path, ...how }, [200, 404]);
      return reply.status === 404 ? null : reply;
    },
    put: (path, body) => ask({ method: "PUT", path, body }, [200, 409]),
    async ping() {
      await ask({ method: "GET", path: "/v1/status/leader" }, [200]);
    },
  };
}

const verb = (asked: Asked) => `${asked.method === "GET" ? "read" : "write"} ${nameOf(asked)}`;
