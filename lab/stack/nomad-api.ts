import { Agent, request } from "undici";
import { Problem } from "../../vault-config/problem.ts";

const DEADLINE_MS = 10_000;
/** How long Nomad holds a question whose answer has not changed. */
const HOLD_MS = 30_000;

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** What asks Nomad with somebody's token. */
export type Asking = Pick<NomadApi, "ask">;

/** Nomad's HTTPS API as the holder of one token may use it. */
export class NomadApi implements AsyncDisposable {
  readonly address: string;
  readonly #connections: Agent;
  readonly #token: string;

  /** `ca`: PEM of the root that verifies it. `token`: nobody's when empty. */
  constructor(options: { address: string; ca: string; token?: string }) {
    this.address = options.address;
    this.#connections = new Agent({ connect: { ca: options.ca } });
    this.#token = options.token ?? "";
  }

  /** JSON, or null for 404. Throws a `Problem` when Nomad refuses or does not answer. */
  async ask(method: Method, path: string, body?: unknown): Promise<unknown> {
    return (await this.#call(method, path, body, AbortSignal.timeout(DEADLINE_MS))).answer;
  }

  /** Each answer in turn as it changes, the first at once; ends when the signal aborts, and throws what `ask` throws. */
  async *follow(path: string, signal: AbortSignal): AsyncGenerator<unknown> {
    for (let index = 0; ;) {
      const held = `${path}${path.includes("?") ? "&" : "?"}index=${index}&wait=${HOLD_MS}ms`;
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(HOLD_MS + DEADLINE_MS)]);
      const { answer, at } = await this.#call("GET", held, undefined, deadline);
      if (at !== index) yield answer;
      // After a server was restored from a backup its index goes back.
      index = at < index ? 0 : at;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.destroy();
  }

  async #call(method: Method, path: string, body: unknown, signal: AbortSignal) {
    const answer = await request(`${this.address}${path}`, {
      dispatcher: this.#connections,
      method,
      headers: this.#token === "" ? {} : { "x-nomad-token": this.#token },
      signal,
      // Nomad holds a question for up to a sixteenth longer than asked.
      headersTimeout: 2 * HOLD_MS,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new Problem("NOMAD_DOWN", `Nomad does not answer at ${this.address}.`, "npm run lab -- status", { cause });
    });
    const text = await answer.body.text();
    const at = Number(answer.headers["x-nomad-index"] ?? 0);
    if (answer.statusCode === 404) return { answer: null, at };
    if (answer.statusCode < 300) return { answer: text === "" ? null : (JSON.parse(text) as unknown), at };
    throw new Problem(
      "NOMAD_REFUSED",
      `Nomad refused ${method} ${path.split("?")[0]}: ${text.trim() || answer.statusCode}`,
      "Its logs are in the lab's folder, under logs/.",
    );
  }
}
