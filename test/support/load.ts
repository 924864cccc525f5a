import { setTimeout as delay } from "node:timers/promises";
import { Agent, Client, type Dispatcher } from "undici";
import { until } from "./service-process.ts";
import type { ServicePair, Side } from "./service-pair.ts";
import type { Leaf } from "./test-pki.ts";

/** What a group of workers saw. */
export interface Tally {
  requests: number;
  /** Requests that failed, by code. */
  failures: Record<string, number>;
  handshakes: number;
  /** Milliseconds per request. */
  latencies: number[];
}

/** Whom the workers ask, and how they connect. */
export interface Target {
  origin: string;
  connect?: ReturnType<ServicePair["connect"]>;
  /** From one request of a worker to its next, at least; as fast as they are answered when left out. */
  everyMs?: number;
}

/**
 * Workers that ask one request after another until aborted, and never retry: half over a new connection each time, half over
 * connections kept alive. Returns what both halves saw.
 */
export async function load(
  pair: ServicePair,
  side: Side,
  as: Leaf,
  { workers, everyMs = 0 }: { workers: number; everyMs?: number },
  stop: AbortSignal,
): Promise<{ fresh: Tally; kept: Tally }> {
  return loadOf({ origin: pair.origin(side), connect: pair.connect(side, as), everyMs }, workers, stop);
}

/** The same on any server. */
export async function loadOf(
  { origin, connect, everyMs = 0 }: Target,
  workers: number,
  stop: AbortSignal,
): Promise<{ fresh: Tally; kept: Tally }> {
  const fresh = newTally();
  const kept = newTally();
  const options = connect ? { connect } : {};
  const agent = new Agent(options).on("connect", () => kept.handshakes++);
  const askBy = async (by: Dispatcher) => {
    const { statusCode, body } = await by.request({ origin, path: "/", method: "GET" });
    await body.dump();
    return { status: statusCode };
  };
  const askFresh = async () => {
    const client = new Client(origin, options).on("connect", () => fresh.handshakes++);
    try {
      return await askBy(client);
    } finally {
      await client.destroy();
    }
  };
  const half = workers / 2;
  await Promise.all([
    ...Array.from({ length: half }, () => repeat(fresh, askFresh, everyMs, stop)),
    ...Array.from({ length: half }, () => repeat(kept, () => askBy(agent), everyMs, stop)),
  ]);
  await agent.close();
  return { fresh, kept };
}

/** Gives that side a new identity every `everyMs` until aborted; returns how many, each of them taken. */
export async function rotating(pair: ServicePair, side: Side, everyMs: number, stop: AbortSignal): Promise<number> {
  const start = Date.now();
  let given = 0;
  while (!stop.aborted) {
    await pair.rotate(side, { generation: `r${++given}` });
    await until("the next rotation", async () => stop.aborted || Date.now() - start >= given * everyMs);
  }
  return given;
}

function newTally(): Tally {
  return { requests: 0, failures: {}, handshakes: 0, latencies: [] };
}

async function repeat(
  tally: Tally,
  ask: () => Promise<{ status: number }>,
  everyMs: number,
  stop: AbortSignal,
): Promise<void> {
  while (!stop.aborted) {
    const start = performance.now();
    const failure = await ask().then(
      ({ status }) => (status === 200 ? null : `HTTP_${status}`),
      (error: NodeJS.ErrnoException) => error.code ?? error.message,
    );
    const took = performance.now() - start;
    tally.latencies.push(took);
    tally.requests++;
    if (failure !== null) tally.failures[failure] = (tally.failures[failure] ?? 0) + 1;
    if (took < everyMs) await delay(everyMs - took, undefined, { signal: stop }).catch(() => {});
  }
}
