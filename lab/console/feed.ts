import { setTimeout as delay } from "node:timers/promises";
import type { ConsoleControl } from "../control.ts";
import { blank, record, sinceWhen } from "./chronicle.ts";
import type { Frame, History } from "./frame.ts";

const EVERY_MS = 500;
const DEADLINE_MS = 3_000;

export interface Feed extends AsyncDisposable {
  history(): History;
  /** Returns how to stop listening. */
  subscribe(listener: (frame: Frame) => void): () => void;
}

/** Looks at the lab twice a second from the start on, so that a page opened later still sees the last five minutes. */
export function startFeed(control: Pick<ConsoleControl, "status" | "traffic">): Feed {
  const listeners = new Set<(frame: Frame) => void>();
  const stop = new AbortController();
  let chronicle = blank;

  async function look(): Promise<Frame> {
    const [status, sample] = await Promise.allSettled([within(control.status()), within(control.traffic())]);
    const now = Date.now();
    const seen = { at: now, status: valueOf(status), sample: valueOf(sample) };
    const { chronicle: next, ...added } = record(chronicle, seen);
    chronicle = next;
    return {
      now,
      status: seen.status,
      since: sinceWhen(chronicle),
      totals: chronicle.totals,
      ...added,
      problem: whyNot(status) ?? whyNot(sample),
    };
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const frame = await look();
      for (const listener of listeners) listener(frame);
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    history: () => ({ points: chronicle.points, swaps: chronicle.swaps, rootChanges: chronicle.rootChanges }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await running;
    },
  };
}

const valueOf = <T>(outcome: PromiseSettledResult<T>): T | null =>
  outcome.status === "fulfilled" ? outcome.value : null;

function whyNot(outcome: PromiseSettledResult<unknown>): string | null {
  if (outcome.status === "fulfilled") return null;
  return outcome.reason instanceof Error ? outcome.reason.message : String(outcome.reason);
}

async function within<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`The lab gave no answer for ${DEADLINE_MS / 1000} s.`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
