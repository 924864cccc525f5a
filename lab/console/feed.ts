import { setTimeout as delay } from "node:timers/promises";
import type { ConsoleControl } from "../control.ts";
import type { TrafficSample } from "../traffic-count.ts";
import type { Frame, History, Swap, TrafficPoint } from "./frame.ts";
import { pointBetween, swapsBetween } from "./traffic-history.ts";

const EVERY_MS = 500;
const DEADLINE_MS = 3_000;
const KEPT_MS = 5 * 60_000;
/** Rates are taken over this many readings: one second is short enough to show a single lost request, long enough not to flicker. */
const RATE_SPAN = 2;

export interface Feed extends AsyncDisposable {
  history(): History;
  subscribe(listener: (frame: Frame) => void): () => void;
}

/** Reads the lab twice a second from the start on, so that a page opened later still sees the last five minutes. */
export function startFeed(control: Pick<ConsoleControl, "status" | "traffic">): Feed {
  const listeners = new Set<(frame: Frame) => void>();
  const stop = new AbortController();
  const serials = new Map<string, string>();
  let readings: TrafficSample[] = [];
  let points: TrafficPoint[] = [];
  let swaps: Swap[] = [];

  async function read(): Promise<Frame> {
    const [status, sample] = await Promise.allSettled([within(control.status()), within(control.traffic())]);
    const now = Date.now();
    const recent = <T extends { at: number }>(list: T[]) => list.filter(({ at }) => at > now - KEPT_MS);

    let point: TrafficPoint | null = null;
    if (sample.status === "fulfilled") {
      const before = readings.at(0);
      point = before ? pointBetween(before, sample.value) : null;
      readings = [...readings, sample.value].slice(-RATE_SPAN);
      if (point) points = recent([...points, point]);
    }
    let swapped: Swap[] = [];
    if (status.status === "fulfilled") {
      swapped = swapsBetween(serials, status.value, now);
      for (const { instance, serial } of status.value.instances) if (serial) serials.set(instance, serial);
      swaps = recent([...swaps, ...swapped]);
    }
    const refused = [status, sample].find((outcome) => outcome.status === "rejected");
    return {
      now,
      status: status.status === "fulfilled" ? status.value : null,
      totals: sample.status === "fulfilled" ? totalsOf(sample.value) : null,
      point,
      swaps: swapped,
      problem: refused ? String(refused.reason instanceof Error ? refused.reason.message : refused.reason) : null,
    };
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const frame = await read();
      for (const listener of listeners) listener(frame);
      await delay(EVERY_MS, undefined, { signal: stop.signal }).catch(() => undefined);
    }
  }
  const running = run();

  return {
    history: () => ({ points, swaps }),
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

const totalsOf = ({ ok, failed, causes }: TrafficSample) => ({ ok, failed, causes });

async function within<T>(work: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = delay(DEADLINE_MS, undefined, { signal: timer.signal }).then(() => {
    throw new Error(`the lab gave no answer for ${DEADLINE_MS / 1000} s`);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    timer.abort();
    late.catch(() => undefined);
  }
}
