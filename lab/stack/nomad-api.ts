import { Agent } from "undici";
import { callAgent, DEADLINE_MS } from "./agent-api.ts";

const nomad = { title: "Nomad", tokenHeader: "x-nomad-token" } as const;
/** How long Nomad holds a question whose answer has not changed. */
const HOLD_MS = 30_000;

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What asks Nomad with somebody's token. */
export type Asking = Pick<NomadApi, "ask">;

/** Nomad's HTTPS API as the holder of one token may use it. */
export class NomadApi implements AsyncDisposable {
  readonly address: string;
  readonly #connections: Agent;
  readonly #token: string | undefined;

  /** `ca`: PEM of the root that verifies it. `token`: nobody's when left out. */
  constructor(options: { address: string; ca: string; token?: string | undefined }) {
    this.address = options.address;
    this.#connections = new Agent({ connect: { ca: options.ca } });
    this.#token = options.token;
  }

  /** JSON, or null for 404. Throws a `Problem` when Nomad refuses or does not answer. */
  async ask(method: Method, path: string, body?: unknown): Promise<unknown> {
    return this.within(DEADLINE_MS).ask(method, path, body);
  }

  /** The same for who would rather hear soon that Nomad is silent. */
  within(deadlineMs: number): Asking {
    return {
      ask: async (method, path, body) => (await this.#call(method, path, body, AbortSignal.timeout(deadlineMs))).answer,
    };
  }

  /** Each answer in turn as it changes, the first at once; ends when the signal aborts, and throws what `ask` throws. */
  async *follow(path: string, signal: AbortSignal): AsyncGenerator<unknown> {
    for (let index = 0; ;) {
      const held = `${path}${path.includes("?") ? "&" : "?"}index=${index}&wait=${HOLD_MS}ms`;
      // Nomad holds a question for up to a sixteenth longer than asked.
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(HOLD_MS + DEADLINE_MS)]);
      const { answer, headers } = await this.#call("GET", held, undefined, deadline);
      const at = Number(headers["x-nomad-index"] ?? 0);
      if (at !== index) yield answer;
      // After a server was restored from a backup its index goes back.
      index = at < index ? 0 : at;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }

  #call(method: Method, path: string, body: unknown, signal: AbortSignal) {
    const at = { address: this.address, connections: this.#connections };
    return callAgent(nomad, at, { method, path, body, token: this.#token, signal });
  }
}
