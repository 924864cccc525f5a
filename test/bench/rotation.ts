import { parseArgs } from "node:util";
import { load, rotating, type Tally } from "../support/load.ts";
import { ServicePair, type Side } from "../support/service-pair.ts";
import { failuresOf, percentiles, type Slice, slice, SLICE_MS, sum } from "./slices.ts";

export const summary = "failed requests, latency and handshakes under rotation, beside a server that does not rotate";

const help = `npm run bench -- rotation [--seconds 30] [--workers 32] [--every 1000] [--json]
  --seconds  measured in all, both servers together
  --workers  half over a new connection for each request, half over connections kept alive
  --every    milliseconds between two rotations
  --json     the figures, for a program`;

const arms: Record<string, Side> = { rotating: "a", still: "b" };

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
  const rounds = Math.floor((seconds * 1_000) / SLICE_MS / 2);
  for (let round = 1; round <= rounds; round++) {
    for (const [arm, side] of Object.entries(arms)) {
      process.stderr.write(`${round}/${rounds} ${arm}\n`);
      const measured = await slice(async (stop) => {
        const [tally] = await Promise.all([
          load(pair, side, visitor, { workers }, stop),
          arm === "rotating" && rotating(pair, side, everyMs, stop),
        ]);
        return tally;
      });
      seen[arm]?.push(measured);
    }
  }

  const rotations = { rotating: (await pair.traffic("a")).rotations, still: (await pair.traffic("b")).rotations };
  const result = {
    rotating: figures(seen["rotating"] ?? [], rotations.rotating),
    still: figures(seen["still"] ?? [], rotations.still),
  };
  if (values.json) return console.log(JSON.stringify({ seconds, workers, everyMs, ...result }, null, 2));
  console.log(
    `${workers} workers, half fresh, half kept alive; ${rounds} times ${SLICE_MS / 1_000} s each, in turn; latency in ms`,
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
  const failures = failuresOf(slices);
  const total = (of: (tally: Tally) => number) => sum(all.map(of));
  return {
    requests: total(({ requests }) => requests),
    failed: sum(Object.values(failures)),
    failures,
    rotations,
    handshakesPerSecond: Math.round((total(({ handshakes }) => handshakes) / sum(slices.map(({ ms }) => ms))) * 1_000),
    fresh: percentiles(slices.flatMap(({ fresh }) => fresh.latencies)),
    kept: percentiles(slices.flatMap(({ kept }) => kept.latencies)),
  };
}
