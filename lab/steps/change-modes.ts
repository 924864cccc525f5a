import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { eventually } from "../eventually.ts";
import type { NomadCluster } from "../stack/nomad.ts";
import type { LabInstance, LabState } from "../state.ts";
import type { TrafficSample } from "../traffic-count.ts";
import { generationIn, shakeHands } from "../visit.ts";
import type { ChangeModesReport } from "./report.ts";

/** The one that is called from outside too. */
const SERVICE = "service-a";
/** Last the one that the lab is left with. */
const MODES = ["noop", "restart", "signal"] as const;
const SERVED_MS = 30_000;
const PATIENCE_MS = 5_000;
/** What was on its way when the last instance served it is counted too. */
const TAIL_MS = 2_000;
const LOOK_EVERY_MS = 20;

interface Needs {
  state: LabState;
  nomad: Pick<NomadCluster, "rotate" | "setChangeMode">;
  traffic: () => Promise<TrafficSample>;
  /** Keeps the bot from renewing while it is held; refuses with a `Problem` while a renewal runs. */
  hold(service: string, reason: string): Promise<AsyncDisposable>;
}

type Cost = ChangeModesReport["modes"][number];

/** Rotates the same service under each change mode in turn, under the lab's own traffic, and leaves the lab as it was. */
export async function compareChangeModes(needs: Needs): Promise<ChangeModesReport> {
  const start = performance.now();
  const { state, nomad } = needs;
  await using undo = new AsyncDisposableStack();
  undo.use(await needs.hold(SERVICE, "Nomad's change modes are compared"));
  const modes: Cost[] = [];
  let asItWas = true;
  undo.defer(async () => {
    if (!asItWas) await nomad.setChangeMode(SERVICE, "signal");
  });
  for (const mode of MODES) {
    asItWas = false;
    await nomad.setChangeMode(SERVICE, mode);
    asItWas = mode === "signal";
    modes.push(await measure(mode, needs));
  }
  return {
    service: SERVICE,
    instances: instancesNow(state).length,
    modes,
    patienceMs: PATIENCE_MS,
    tookMs: Math.round(performance.now() - start),
  };
}

async function measure(mode: Cost["mode"], { state, nomad, traffic }: Needs): Promise<Cost> {
  const instances = instancesNow(state);
  const before = await traffic();
  const written = performance.now();
  const generation = await nomad.rotate(SERVICE);
  const [renderedMs, servedMs] = await Promise.all([
    everyInstance(instances, generation, rendered, SERVED_MS),
    everyInstance(instances, generation, served(state.files.root), mode === "noop" ? PATIENCE_MS : SERVED_MS).catch(
      (error: unknown) => {
        if (mode === "noop") return null;
        throw error;
      },
    ),
  ]);
  await delay(TAIL_MS);
  return { mode, renderedMs, servedMs, ...between(before, await traffic()) };

  /** Milliseconds from the write until what `seen` tells of each instance is that generation. */
  async function everyInstance(
    of: LabInstance[],
    wanted: string,
    seen: (instance: LabInstance) => Promise<string | null>,
    patienceMs: number,
  ): Promise<number> {
    const signal = AbortSignal.timeout(patienceMs);
    await Promise.all(
      of.map((instance) =>
        eventually(
          `${instance.instance} to have ${wanted}`,
          async () => ((await seen(instance)) === wanted ? true : null),
          signal,
          LOOK_EVERY_MS,
        ),
      ),
    );
    return Math.round(performance.now() - written);
  }
}

async function rendered({ identityFile }: LabInstance): Promise<string | null> {
  const pem = await readFile(identityFile, "utf8");
  return generationIn(new X509Certificate(pem.slice(pem.indexOf("-----BEGIN CERTIFICATE-----"))));
}

function served(rootFile: string) {
  return async (instance: LabInstance) => (await shakeHands(instance, rootFile)).generation;
}

function instancesNow({ instances }: LabState): LabInstance[] {
  return instances.filter(({ service }) => service === SERVICE);
}

/** What became of the requests to the service. Its own instances call others, and count anew when they are restarted; the mesh calls the mesh. */
export function between(before: TrafficSample, after: TrafficSample): Pick<Cost, "sent" | "lost"> {
  const callers = after.sources.filter(({ name }) => name === "outside" || /^b-\d+$/.test(name));
  const sent = { fresh: 0, kept: 0 };
  const lost = { fresh: 0, kept: 0 };
  for (const { name, count } of callers) {
    const earlier = before.sources.find((source) => source.name === name)?.count;
    if (!count || !earlier) continue;
    for (const kind of ["fresh", "kept"] as const) {
      const failed = count[kind].failed - earlier[kind].failed;
      lost[kind] += failed;
      sent[kind] += count[kind].ok - earlier[kind].ok + failed;
    }
  }
  return { sent, lost };
}
