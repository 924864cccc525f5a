import { isDeepStrictEqual } from "node:util";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "./consul.ts";

/** CTS asks the same question no oftener than this, whatever happens in Consul. */
const LEAST_MS = 100;
const LONGEST_BACKOFF_MS = 16_000;

/** What Consul says to one question, kept up to date by blocking queries from the first use on. */
export class View<T> implements Disposable {
  readonly #ask: (index: number, signal: AbortSignal) => Promise<Answer<T>>;
  readonly #onChange: () => void;
  readonly #stop = new AbortController();
  readonly #first = Promise.withResolvers<void>();
  #polling = false;
  #data: T | null = null;

  constructor(ask: (index: number, signal: AbortSignal) => Promise<Answer<T>>, onChange: () => void) {
    this.#ask = ask;
    this.#onChange = onChange;
  }

  /** Asks once, without keeping anything: throws what is wrong with the question. */
  async tryOut(signal: AbortSignal): Promise<void> {
    await this.#ask(0, signal);
  }

  /** Resolves at the first answer, however long it takes. */
  async ready(): Promise<void> {
    if (!this.#polling) {
      this.#polling = true;
      void this.#poll();
    }
    await this.#first.promise;
  }

  get data(): T {
    if (this.#data === null) throw new Error("nothing was answered yet");
    return this.#data;
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stop;
    let index = 0;
    let failures = 0;
    while (!signal.aborted) {
      const began = Date.now();
      try {
        const answer = await this.#ask(index, signal);
        failures = 0;
        await pause(LEAST_MS - (Date.now() - began), signal);
        // Consul was restored or restarted: what it counted before means nothing now.
        const startsAnew = answer.index < index;
        if (!startsAnew && answer.index > index) this.#take(answer.data);
        index = startsAnew ? 0 : answer.index;
      } catch {
        if (signal.aborted) return;
        index = 0;
        await pause(Math.min(1_000 * 2 ** failures++, LONGEST_BACKOFF_MS), signal);
      }
    }
  }

  #take(data: T): void {
    if (isDeepStrictEqual(data, this.#data)) return;
    this.#data = data;
    this.#first.resolve();
    this.#onChange();
  }

  [Symbol.dispose](): void {
    this.#stop.abort();
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await delay(ms, undefined, { signal }).catch(() => {});
}
