import { Agent } from "undici";
import { callAgent, DEADLINE_MS } from "./agent-api.ts";

const consul = { title: "Consul", tokenHeader: "x-consul-token" } as const;

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
    const at = { address, connections: this.#connections };
    return async (method, path, body) =>
      (await callAgent(consul, at, { method, path, body, token, signal: AbortSignal.timeout(deadlineMs) })).answer;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#connections.destroy();
  }
}
