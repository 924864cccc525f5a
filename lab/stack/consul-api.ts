import { Agent, request } from "undici";
import { Problem } from "../../vault-config/problem.ts";

const DEADLINE_MS = 10_000;

/** One call of an agent's API: JSON, or null for 404. Throws a `Problem` when the agent refuses or does not answer. */
export type Ask = (method: "GET" | "PUT" | "DELETE", path: string, body?: unknown) => Promise<unknown>;

/** How an agent is spoken to, and as whom. */
interface Caller {
  address: string;
  /** Nobody's when left out. */
  token?: string | undefined;
  deadlineMs?: number;
}

/** The HTTPS API of a cluster's agents, verified by one root, PEM. */
export class ConsulApi implements AsyncDisposable {
  readonly #connections: Agent;

  constructor(ca: string) {
    this.#connections = new Agent({ connect: { ca } });
  }

  as({ address, token, deadlineMs = DEADLINE_MS }: Caller): Ask {
    return async (method, path, body) => {
      const answer = await request(`${address}${path}`, {
        dispatcher: this.#connections,
        method,
        headers: token === undefined ? {} : { "x-consul-token": token },
        signal: AbortSignal.timeout(deadlineMs),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((cause: unknown) => {
        throw new Problem("CONSUL_DOWN", `Consul does not answer at ${address}.`, "npm run lab -- status", { cause });
      });
      const text = await answer.body.text();
      if (answer.statusCode === 404) return null;
      if (answer.statusCode < 300) return text === "" ? null : JSON.parse(text);
      throw new Problem(
        "CONSUL_REFUSED",
        `Consul refused ${method} ${path.split("?")[0]}: ${text.trim() || answer.statusCode}`,
        "Its logs are in the lab's folder, under logs/.",
      );
    };
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections.destroy();
  }
}
