import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import { type Refusal, refusals } from "../instances.ts";
import type { TrafficSample } from "../traffic-count.ts";
import { type MeshProps, meshSide } from "./mesh-side.ts";
import type { CaseName, CaseReport } from "./report.ts";
import type { CaseScript, Seen, Stage } from "./script.ts";
import { scriptOf } from "./scripts.ts";
import { createStage, type Props } from "./stage.ts";
import { setTimeout as delay } from "node:timers/promises";

const CERTAIN_MS = 3_000;
const UNCERTAIN_MS = 500;
const RESTORED_MS = 40_000;
const CALM_MS = 600;

export interface CaseNeeds extends Props {
  /** Keeps the bot from renewing while it is held; refuses with a `Problem` while a renewal runs. Disposing releases. */
  hold(reason: string): Promise<AsyncDisposable>;
  traffic: () => Promise<TrafficSample>;
  /** null where there is none. */
  mesh: MeshProps | null;
  /** Whether every instance is in the list by which the others call it. */
  listed: () => Promise<boolean>;
}

/** Plays one case on the running lab, puts everything right again, and tells what was seen. */
export async function runCase(name: CaseName, needs: CaseNeeds): Promise<CaseReport> {
  const start = performance.now();
  const script = scriptOf(name);
  const stage = createStage(needs);
  const { seen, command } = await played(script, stage, needs);
  const own = refusalOf(script, seen);
  const mesh = await meshSide(name, { state: needs.state, mesh: needs.mesh, curl: (args) => stage.curl(args) });
  return {
    name,
    title: script.title,
    command,
    clientSaw: seen.clientSaw,
    serverKnew: knew(script, own),
    cause: script.cause,
    fix: script.fix,
    mesh: mesh.report,
    expected: script.expected(seen.clientSaw) && (own !== null || script.record?.certain !== true) && mesh.holds,
    restored: await restored(stage, needs),
    tookMs: Math.round(performance.now() - start),
  };
}

async function played(script: CaseScript, stage: Stage, needs: CaseNeeds): Promise<{ seen: Seen; command: string }> {
  await using undo = new AsyncDisposableStack();
  undo.use(await needs.hold(`the case ${script.name} is shown`));
  await script.arrange?.(stage, undo);
  const began = Date.now();
  const { clientSaw, port } = await script.call(stage);
  const server = needs.state.instances.find(({ instance }) => instance === script.server);
  if (server === undefined) throw new Error(`the lab has no instance ${script.server}`);
  const since = async () => (await refusals(server)).filter(({ at }) => at >= began);
  if (script.record !== null) {
    const listed = async () => (refusalOf(script, { clientSaw, port, refusals: await since() }) === null ? null : true);
    // The server may still be writing it down when the client is told; a record that never comes is told in the report.
    const patience = script.record.certain ? CERTAIN_MS : UNCERTAIN_MS;
    await eventually("the server's record", listed, AbortSignal.timeout(patience)).catch(() => {});
  }
  return { seen: { clientSaw, port, refusals: await since() }, command: script.command(stage) };
}

/** Joined by the code that is this case's own and, where the client can tell it, by the client's port. */
function refusalOf({ record }: CaseScript, { port, refusals: listed }: Seen): Refusal | null {
  const ours = listed.filter(({ code, peerPort }) => code === record?.code && (port === null || port === peerPort));
  return ours.at(-1) ?? null;
}

function knew({ server, record }: CaseScript, own: Refusal | null): string {
  if (record === null) return `${server} verified the client's certificate and answered.`;
  if (own === null) return `${server} has no record of it.`;
  const shown = own.certificate ? ` It was shown serial ${own.certificate.serial}.` : "";
  return `${server} wrote down, for the client at port ${own.peerPort}: ${own.cause} (${own.code}).${shown} ${own.fix}`;
}

/** Proven by a normal call to each instance of service-b, and by steady traffic that flows on without a failure. */
async function restored(stage: Stage, { state, traffic, listed }: CaseNeeds): Promise<boolean> {
  const signal = AbortSignal.timeout(RESTORED_MS);
  const called = state.instances.filter(({ service }) => service === "service-b");
  // Not those in the mesh: no case touches them, and an intention may well deny their calls.
  const calm = ["outside", ...state.instances.map(({ instance }) => instance)];
  try {
    for (const caller of state.instances.filter(({ service }) => service === "service-a")) {
      for (const { instance } of called) {
        await eventually(
          "a normal call",
          async () =>
            (await stage.visit(caller.instance, "/w-mtls", { reaching: instance, verify: true })).includes(
              "Outcome: answered",
            )
              ? true
              : null,
          signal,
        );
      }
    }
    await eventually("the lists of callers", async () => ((await listed()) ? true : null), signal);
    let before = await traffic();
    await eventually(
      "traffic without failures",
      async () => {
        await delay(CALM_MS);
        const after = await traffic();
        if (lost(before, after, calm)) before = after;
        return flowed(before, after, calm) ? true : null;
      },
      signal,
    );
    return true;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}

/** Each of these sources had answers between the two readings, over fresh connections and over kept ones. */
function flowed(before: TrafficSample, after: TrafficSample, names: string[]): boolean {
  return names.every((name) => {
    const [earlier, count] = [before, after].map((sample) => countOf(sample, name));
    return earlier && count && count.fresh.ok > earlier.fresh.ok && count.kept.ok > earlier.kept.ok;
  });
}

/** Something failed between the two readings, or was not told of. */
function lost(before: TrafficSample, after: TrafficSample, names: string[]): boolean {
  return names.some((name) => {
    const [earlier, count] = [before, after].map((sample) => countOf(sample, name));
    return !earlier || !count || count.fresh.failed > earlier.fresh.failed || count.kept.failed > earlier.kept.failed;
  });
}

function countOf({ sources }: TrafficSample, name: string) {
  return sources.find((source) => source.name === name)?.count ?? null;
}
