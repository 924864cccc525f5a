import type { Feed } from "../feed.ts";
import type { Clock } from "../ids.ts";
import type { Acknowledgement, Outcome, Outgoing, Retry, Transport } from "./delivery.ts";

interface Options {
  /** The way to the bot at this moment: a Socket Mode connection where there is one. */
  transport: () => Transport;
  feed: Feed;
  now: Clock;
  /** How long after each failed attempt an event is sent again. */
  retryDelaysMs: readonly number[];
}

/** Brings what people do to the bot, once; and events, which Slack sends again until they are acknowledged. */
export class Courier implements Disposable {
  readonly #options: Options;
  readonly #retries = new Set<NodeJS.Timeout>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** How the bot is reached at this moment. */
  get via(): Transport["name"] {
    return this.#options.transport().name;
  }

  async deliver(outgoing: Outgoing): Promise<Acknowledgement> {
    const { outcome, tookMs } = await this.#attempt(outgoing, null);
    return { error: outcome.error, body: outcome.body, tookMs };
  }

  /** Gives the outcome of the first attempt; the retries go on by themselves. */
  async deliverEvent(outgoing: Outgoing): Promise<Acknowledgement> {
    const { outcome, tookMs } = await this.#attempt(outgoing, null);
    this.#retryLater(outgoing, outcome, 0);
    return { error: outcome.error, body: outcome.body, tookMs };
  }

  #retryLater(outgoing: Outgoing, last: Outcome, done: number): void {
    const delay = this.#options.retryDelaysMs[done];
    if (last.error === null || last.noRetry || delay === undefined) return;
    const retry: Retry = {
      number: done + 1,
      reason: last.error === "operation_timeout" ? "http_timeout" : "http_error",
    };
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      void this.#attempt(outgoing, retry).then(({ outcome }) => this.#retryLater(outgoing, outcome, done + 1));
    }, delay);
    this.#retries.add(timer);
  }

  async #attempt(outgoing: Outgoing, retry: Retry | null): Promise<{ outcome: Outcome; tookMs: number }> {
    const { feed, now } = this.#options;
    const transport = this.#options.transport();
    const at = now();
    const started = performance.now();
    const outcome = await transport.send(outgoing, retry);
    const tookMs = Math.round((performance.now() - started) * 10) / 10;
    const { kind, type } = outgoing;
    const { status, error } = outcome;
    feed.publish({
      type: "delivery",
      delivery: {
        at,
        kind,
        type,
        transport: transport.name,
        attempt: retry?.number ?? 0,
        status,
        acked: error === null,
        error,
        tookMs,
      },
    });
    return { outcome, tookMs };
  }

  [Symbol.dispose](): void {
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
  }
}
