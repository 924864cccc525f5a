import { join } from "node:path";
import { eventually } from "./eventually.ts";
import { traffic } from "./instances.ts";
import { HOST } from "./ports.ts";
import { steadyRate } from "./steady-rate.ts";
import type { LabState } from "./state.ts";
import type { ChildSpec } from "./supervise.ts";
import { type TrafficCount, trafficCount, type TrafficSample } from "./traffic-count.ts";

const TRAFFIC_MAIN = join(import.meta.dirname, "traffic.ts");
const PER_SECOND = 5;

/** The steady clients from outside: they call every instance of service-a. */
export function outsideSpec(state: LabState): ChildSpec {
  const service = "service-a";
  return {
    name: "traffic",
    command: process.execPath,
    args: [TRAFFIC_MAIN],
    log: join(state.dir, "logs", "traffic.log"),
    env: {
      PORT: String(state.traffic.adminPort),
      TARGETS_FILE: state.files.addresses[service] ?? "",
      SERVER_NAME: state.instances.find((instance) => instance.service === service)?.serverName ?? "",
      CA_FILE: state.files.root,
      PER_SECOND: steadyRate(PER_SECOND),
    },
    ready: (signal) => eventually("the traffic", () => outsideCount(state), signal).then(() => {}),
  };
}

/** One reading of everything that is sent in the lab: from outside, and between its services. */
export async function sampleTraffic(state: LabState): Promise<TrafficSample> {
  const callers = [...state.instances, ...state.mesh];
  const [outside, ...inside] = await Promise.all([
    outsideCount(state).catch(() => null),
    ...callers.map((instance) => traffic(instance).catch(() => null)),
  ]);
  const sources = [
    { name: "outside", count: outside },
    ...callers.map(({ instance }, index) => ({ name: instance, count: inside[index] ?? null })),
  ];
  const tallies = sources.flatMap(({ count }) => (count === null ? [] : [count.fresh, count.kept]));
  const causes: Record<string, number> = {};
  for (const [code, times] of tallies.flatMap((tally) => Object.entries(tally.causes))) {
    causes[code] = (causes[code] ?? 0) + times;
  }
  return {
    at: Date.now(),
    ok: sum(tallies.map(({ ok }) => ok)),
    failed: sum(tallies.map(({ failed }) => failed)),
    causes,
    rotations: sum(inside.map((count) => count?.rotations ?? 0)),
    sources: sources.map(({ name, count }) => ({ name, count: count && { fresh: count.fresh, kept: count.kept } })),
  };
}

async function outsideCount(state: LabState): Promise<TrafficCount> {
  const address = `http://${HOST}:${state.traffic.adminPort}/traffic`;
  const response = await fetch(address, { signal: AbortSignal.timeout(1_000) });
  return trafficCount.parse(await response.json());
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
