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
    /** host:port of each instance, comma-separated. */
    TARGETS: z.string().transform((list) => list.split(",")),
    SERVER_NAME: z.string(),
    CA_FILE: z.string(),
    /** Requests a second to each target, over fresh connections and as many again over one that is kept alive. */
    PER_SECOND: z.coerce.number().positive(),
  })
  .parse(process.env);

const REQUEST_MS = 5_000;
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

await Promise.all(
  environment.TARGETS.flatMap((target) => [steady(target, fresh, count.fresh), steady(target, kept, count.kept)]),
);
admin.close();
admin.closeAllConnections();
await Promise.all([fresh.close(), kept.close()]);

async function steady(target: string, dispatcher: Agent, tally: Tally): Promise<void> {
  try {
    for await (const _ of setInterval(1_000 / environment.PER_SECOND, null, { signal: stopping.signal })) {
      await once(target, dispatcher, tally);
    }
  } catch (error) {
    if (!stopping.signal.aborted) throw error;
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
