import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { setInterval } from "node:timers/promises";
import { Agent, request } from "undici";
import { z } from "zod";
import type { Tally, TrafficCount } from "./traffic-count.ts";

// The steady clients from outside: they verify the root and the name, and count what becomes of every request.

const environment = z
  .object({
    PORT: z.coerce.number().int(),
    /** host:port of each instance, one a line; looked at again and again, for they come and go. */
    TARGETS_FILE: z.string(),
    SERVER_NAME: z.string(),
    CA_FILE: z.string(),
    /** Requests a second to each target, over fresh connections and as many again over one that is kept alive. */
    PER_SECOND: z.coerce.number().positive(),
  })
  .parse(process.env);

const REQUEST_MS = 5_000;
const LOOK_EVERY_MS = 200;
const stopping = new AbortController();
const count: TrafficCount = { fresh: emptyTally(), kept: emptyTally() };

const connect = {
  ca: readFileSync(environment.CA_FILE),
  servername: environment.SERVER_NAME,
  timeout: REQUEST_MS,
  maxCachedSessions: 0,
};
const timeouts = { headersTimeout: REQUEST_MS, bodyTimeout: REQUEST_MS };
// `pipelining: 0` is undici's way to say that every request gets a connection of its own.
const fresh = new Agent({ connect, ...timeouts, pipelining: 0 });
const kept = new Agent({ connect, ...timeouts, connections: 1 });

const admin = createServer((incoming, response) => {
  const found = incoming.url === "/traffic" || incoming.url === "/healthz";
  response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
  response.end(JSON.stringify(incoming.url === "/traffic" ? count : { status: found ? "ok" : "not found" }));
});
admin.listen(environment.PORT, "127.0.0.1");

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stopping.abort());

const running = new Map<string, { stop: AbortController; done: Promise<unknown> }>();
await untilStopped(LOOK_EVERY_MS, stopping.signal, async () => {
  const wanted = new Set(readFileSync(environment.TARGETS_FILE, "utf8").split("\n").filter(Boolean));
  for (const [target, { stop }] of running) {
    if (wanted.has(target)) continue;
    stop.abort();
    running.delete(target);
  }
  for (const target of wanted) if (!running.has(target)) running.set(target, begin(target));
});
for (const { stop } of running.values()) stop.abort();
await Promise.all([...running.values()].map(({ done }) => done));
admin.close();
admin.closeAllConnections();
await Promise.all([fresh.close(), kept.close()]);

function begin(target: string): { stop: AbortController; done: Promise<unknown> } {
  const stop = new AbortController();
  const steady = (dispatcher: Agent, tally: Tally) =>
    untilStopped(1_000 / environment.PER_SECOND, stop.signal, () => once(target, dispatcher, tally));
  return { stop, done: Promise.all([steady(fresh, count.fresh), steady(kept, count.kept)]) };
}

async function untilStopped(everyMs: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  try {
    for await (const _ of setInterval(everyMs, null, { signal })) await work();
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function once(target: string, dispatcher: Agent, tally: Tally): Promise<void> {
  try {
    const response = await request(`https://${target}/`, { dispatcher, headers: { host: environment.SERVER_NAME } });
    await response.body.dump();
    if (response.statusCode === 200) tally.ok += 1;
    else fail(tally, `HTTP_${response.statusCode}`);
  } catch (error) {
    fail(tally, codeOf(error));
  }
}

function fail(tally: Tally, code: string): void {
  tally.failed += 1;
  tally.causes[code] = (tally.causes[code] ?? 0) + 1;
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "UNKNOWN";
  if ("code" in error && typeof error.code === "string") return error.code;
  return error.cause === undefined ? error.name : codeOf(error.cause);
}

function emptyTally(): Tally {
  return { ok: 0, failed: 0, causes: {} };
}
