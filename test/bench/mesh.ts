import { mkdtempDisposable, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Lab, startLab } from "../../lab/lab.ts";
import { loadOf, type Target } from "../support/load.ts";
import { inMesh } from "../support/mesh-lab.ts";
import { failuresOf, percentiles, type Slice, slice, SLICE_MS, sum } from "./slices.ts";

export const summary = "what plain HTTP, the services' own mTLS and the mesh's sidecars cost, side by side";

const help = `npm run bench -- mesh [--seconds 45] [--workers 8] [--json]
  --seconds  measured in all, the three ways together
  --workers  half over a new connection for each request, half over connections kept alive
  --json     the figures, for a program`;

interface Figures {
  failed: number;
  failures: Record<string, number>;
  fresh: Figure;
  kept: Figure;
}

interface Figure {
  perSecond: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
}

/** One client asks the same app in three ways in turn, so that what the machine does besides hits all of them. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: "string", default: "45" },
      workers: { type: "string", default: "8" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [seconds, workers] = [Number(values.seconds), Number(values.workers)];
  if (values.help || !(seconds >= 9) || !(workers >= 2)) {
    console.log(help);
    if (!values.help) process.exitCode = 2;
    return;
  }
  await using folder = await mkdtempDisposable(join(await realpath(tmpdir()), "certops-bench-"));
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  await using lab = await startLab({ dir: join(folder.path, "lab"), ports: "free", connect: "vault", onProgress: say });

  const seen = new Map<string, Slice[]>(Object.keys(await targetsOf(lab)).map((way) => [way, []]));
  const rounds = Math.floor((seconds * 1_000) / SLICE_MS / seen.size);
  for (let round = 1; round <= rounds; round += 1) {
    // Each time anew: the client's certificate lives two minutes.
    for (const [way, target] of Object.entries(await targetsOf(lab))) {
      say(`${round}/${rounds} ${way}`);
      seen.get(way)?.push(await slice((stop) => loadOf(target, workers, stop)));
    }
  }

  const result = Object.fromEntries([...seen].map(([way, slices]) => [way, figures(slices)]));
  if (values.json) return console.log(JSON.stringify({ seconds, workers, ...result }, null, 2));
  console.log(
    `${workers} workers, half fresh, half kept alive; ${rounds} times ${SLICE_MS / 1_000} s each, in turn; latency in ms`,
  );
  const row = (...cells: string[]) =>
    console.log(cells.map((cell, at) => (at === 0 ? cell.padEnd(28) : cell.padStart(12))).join(""));
  row("", "fresh req/s", "p50", "p99", "kept req/s", "p50", "p99", "failed");
  for (const [way, { fresh, kept, failed }] of Object.entries(result)) {
    const cells = [fresh, kept].flatMap(({ perSecond, p50, p99 }) => [
      String(perSecond),
      p50.toFixed(1),
      p99.toFixed(1),
    ]);
    row(way, ...cells, String(failed));
  }
  for (const [way, { failures }] of Object.entries(result)) {
    for (const [code, count] of Object.entries(failures)) console.log(`${way}: ${count} × ${code}`);
  }
}

/** service-b as one client reaches it: past its sidecar, at the instance that does mTLS itself, and through both sidecars. */
async function targetsOf(lab: Lab): Promise<Record<string, Target>> {
  const a = lab.state.instances.find(({ service }) => service === "service-a");
  const b = lab.state.instances.find(({ service }) => service === "service-b");
  if (a === undefined || b === undefined) throw new Error("the lab lacks an instance");
  const identity = await readFile(a.identityFile, "utf8");
  const ca = await readFile(lab.state.files.root, "utf8");
  const plain = inMesh(lab, "b-mesh");
  const caller = inMesh(lab, "a-mesh");
  return {
    "plain HTTP": { origin: `http://${plain.host}:${plain.port}` },
    "own mTLS": {
      origin: `https://${b.host}:${b.port}`,
      connect: { ca, cert: identity, key: identity, servername: b.serverName, maxCachedSessions: 0 },
    },
    "sidecars (Envoy to Envoy)": { origin: `http://${caller.host}:${caller.upstreamPort}` },
  };
}

function figures(slices: Slice[]): Figures {
  const failures = failuresOf(slices);
  const ms = sum(slices.map((one) => one.ms));
  const of = (latencies: number[]): Figure => ({
    perSecond: Math.round((latencies.length / ms) * 1_000),
    ...percentiles(latencies),
  });
  return {
    failed: sum(Object.values(failures)),
    failures,
    fresh: of(slices.flatMap(({ fresh }) => fresh.latencies)),
    kept: of(slices.flatMap(({ kept }) => kept.latencies)),
  };
}
