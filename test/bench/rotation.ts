import { parseArgs } from "node:util";
import { load, rotating, type Tally } from "../support/load.ts";
import { ServicePair, type Side } from "../support/service-pair.ts";

export const summary = "failed requests, latency and handshakes under rotation, beside a server that does not rotate";

const help = `npm run bench -- rotation [--seconds 30] [--workers 32] [--every 1000] [--json]
  --seconds  measured in all, both servers together
  --workers  half over a new connection for each request, half over connections kept alive
  --every    milliseconds between two rotations
  --json     the figures, for a program`;

const sliceMs = 3_000;
const arms: Record<string, Side> = { rotating: "a", still: "b" };

interface Slice {
  fresh: Tally;
  kept: Tally;
  ms: number;
}

interface Figures {
  requests: number;
  failed: number;
  failures: Record<string, number>;
  rotations: number;
  handshakesPerSecond: number;
  /** Milliseconds. */
  fresh: { p50: number; p99: number };
  kept: { p50: number; p99: number };
}

/** Two equal servers, one of them rotating, under the same load in turn, so that what the machine does besides hits both. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "30" },
      workers: { type: "string", default: "32" },
      every: { type: "string", default: "1000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [seconds, workers, everyMs] = [Number(values.seconds), Number(values.workers), Number(values.every)];
  if (values.help || !(seconds >= 6) || !(workers >= 2) || !(everyMs >= 50)) {
    console.log(help);
    if (!values.help) process.exitCode = 2;
    return;
  }

  await using pair = await ServicePair.start({ CLIENT_CERT: "required" });
  const visitor = await pair.pki.leaf("visitor.example.com");
  const seen: Record<string, Slice[]> = { rotating: [], still: [] };
  const rounds = Math.floor((seconds * 1_000) / sliceMs / 2);
  for (let round = 1; round <= rounds; round++) {
    for (const [arm, side] of Object.entries(arms)) {
      process.stderr.write(`${round}/${rounds} ${arm}\n`);
      const start = performance.now();
      const stop = AbortSignal.timeout(sliceMs);
      const [tally] = await Promise.all([
        load(pair, side, visitor, workers, stop),
        arm === "rotating" && rotating(pair, side, everyMs, stop),
      ]);
      seen[arm]?.push({ ...tally, ms: performance.now() - start });
    }
  }

  const rotations = { rotating: (await pair.traffic("a")).rotations, still: (await pair.traffic("b")).rotations };
  const result = {
    rotating: figures(seen["rotating"] ?? [], rotations.rotating),
    still: figures(seen["still"] ?? [], rotations.still),
  };
  if (values.json) return console.log(JSON.stringify({ seconds, workers, everyMs, ...result }, null, 2));
  console.log(
    `${workers} workers, half fresh, half kept alive; ${rounds} times ${sliceMs / 1_000} s each, in turn; latency in ms`,
  );
  const row = (...cells: (string | number)[]) =>
    console.log(cells.map((cell, at) => (at === 0 ? String(cell).padEnd(22) : String(cell).padStart(14))).join(""));
  row("", "requests", "failed", "rotations", "handshakes/s", "fresh p50", "p99", "kept p50", "p99");
  for (const [name, { requests, failed, rotations, handshakesPerSecond, fresh, kept }] of [
    [`rotates every ${everyMs} ms`, result.rotating] as const,
    ["does not rotate", result.still] as const,
  ]) {
    const ms = [fresh.p50, fresh.p99, kept.p50, kept.p99].map((value) => value.toFixed(1));
    row(name, requests, failed, rotations, handshakesPerSecond, ...ms);
  }
  for (const [arm, { failures }] of Object.entries(result)) {
    for (const [code, count] of Object.entries(failures)) console.log(`${arm}: ${count} × ${code}`);
  }
}

function figures(slices: Slice[], rotations: number): Figures {
  const all = slices.flatMap(({ fresh, kept }) => [fresh, kept]);
  const failures: Record<string, number> = {};
  for (const tally of all) {
    for (const [code, count] of Object.entries(tally.failures)) failures[code] = (failures[code] ?? 0) + count;
  }
  const seconds = slices.reduce((sum, { ms }) => sum + ms, 0) / 1_000;
  const total = (of: (tally: Tally) => number) => all.reduce((sum, tally) => sum + of(tally), 0);
  return {
    requests: total(({ requests }) => requests),
    failed: Object.values(failures).reduce((sum, count) => sum + count, 0),
    failures,
    rotations,
    handshakesPerSecond: Math.round(total(({ handshakes }) => handshakes) / seconds),
    fresh: percentiles(slices.flatMap(({ fresh }) => fresh.latencies)),
    kept: percentiles(slices.flatMap(({ kept }) => kept.latencies)),
  };
}

function percentiles(latencies: number[]): { p50: number; p99: number } {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
