import { setTimeout as delay } from "node:timers/promises";
import type { ZonedInstance } from "../state.ts";
import { visit } from "../visit.ts";

/** What came of one instance's latest call to the other service, as its own page tells it. */
export interface Call {
  from: string;
  /** host:port that was called. */
  to: string;
  outcome: "open" | "failed";
  /** In the page's words; null when it was answered. */
  cause: string | null;
  /** Epoch ms. */
  at: number;
}

const EVERY_MS = 1_000;
const PAGE = "/w-mtls";

/** Looks at an instance's page again and again until disposed of. */
export class WatchedCall implements AsyncDisposable {
  readonly #over = new AbortController();
  readonly #watching: Promise<void>;
  #latest: Call | null = null;

  constructor(from: ZonedInstance, rootFile: string) {
    this.#watching = this.#watch(from, rootFile);
  }

  /** null until it was heard of, and while the instance itself does not answer. */
  get latest(): Call | null {
    return this.#latest;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#watching;
  }

  async #watch(from: ZonedInstance, rootFile: string): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      this.#latest = await visit(from, PAGE, rootFile).then(
        (page) => callOn(page, from.instance),
        () => null,
      );
      await delay(EVERY_MS, undefined, { signal }).catch(() => {});
    }
  }
}

function callOn(page: string, from: string): Call | null {
  const to = / called \S+ at (\S+)/.exec(page)?.[1];
  if (to === undefined) return null;
  const answered = /^Outcome: answered$/m.test(page);
  const cause = answered ? null : (/^Cause: (.*)$/m.exec(page)?.[1] ?? page.split("\n")[1] ?? "");
  return { from, to, outcome: answered ? "open" : "failed", cause, at: Date.now() };
}
