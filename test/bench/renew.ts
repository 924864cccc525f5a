import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buttonOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { startLab } from "../../lab/lab.ts";
import type { LabState } from "../../lab/state.ts";
import { askSocket } from "../../lab/unix-http.ts";
import { shakeHands } from "../../lab/visit.ts";
import { z } from "zod";

const SERVICES = ["service-a", "service-b"];
const LOOK_EVERY_MS = 10;
const DEADLINE_MS = 30_000;

export const summary = "click Approve → the new certificate on every instance, beside the agents' own share of it";

interface Round {
  service: string;
  /** From the click to a fresh handshake with the last instance showing the new generation, seen from outside the bot. */
  clickToServed: number;
  /** The part after the bot had written the generation: the agents' poll, Vault's issue, the swap. */
  writtenToServed: number;
}

/** `npm run bench -- renew [--rounds N] [--json]`. Prints milliseconds. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "20" }, json: { type: "boolean", default: false } },
  });
  const dir = await realpath(await mkdtemp(join(tmpdir(), "certops-bench-")));
  await rm(dir, { recursive: true });
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await using lab = await startLab({ dir, ports: "free", onProgress: say });
  const rounds: Round[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const service = SERVICES[round % SERVICES.length] ?? "";
    const measured = await renew(lab.state, service);
    rounds.push(measured);
    say(`${round + 1}  ${service}  click to served ${measured.clickToServed.toFixed(0)} ms`);
  }
  const result = {
    rounds: rounds.length,
    clickToServed: spread(rounds.map((round) => round.clickToServed)),
    writtenToServed: spread(rounds.map((round) => round.writtenToServed)),
    botsShare: spread(rounds.map((round) => round.clickToServed - round.writtenToServed)),
  };
  if (values.json) return console.log(JSON.stringify(result, null, 2));
  console.log(`${rounds.length} renewals of two instances each, milliseconds`);
  console.log("                                         p50      p99      max");
  const row = (name: string, { p50, p99, max }: Spread) =>
    console.log([name.padEnd(36), ...[p50, p99, max].map((value) => value.toFixed(0).padStart(8))].join(" "));
  row("click → served by all instances", result.clickToServed);
  row("  of it the agents, after the write", result.writtenToServed);
  row("  of it the bot, before the write", result.botsShare);
}

async function renew(state: LabState, service: string): Promise<Round> {
  const workspace = new Workspace(state);
  const ask = () => workspace.type("ana", `/cert renew ${service} bench`);
  const message = await workspace.answerTo("ben", "the plan", ask, (one) => buttonOf(one, "approve_request") !== null);
  const generation = buttonOf(message, "approve_request");
  const instances = state.instances.filter((instance) => instance.service === service);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const clicked = Date.now();
  const served = Promise.all(
    instances.map((instance) =>
      eventually(
        `${instance.instance} to serve ${generation}`,
        async () => ((await shakeHands(instance, state.files.root)).generation === generation ? Date.now() : null),
        signal,
        LOOK_EVERY_MS,
      ),
    ),
  );
  const [moments] = await Promise.all([served, workspace.click("ben", message, "approve_request")]);
  const last = Math.max(...moments);
  const written = await writtenAt(state, generation ?? "");
  return { service, clickToServed: last - clicked, writtenToServed: last - written };
}

const rowsSchema = z.array(z.looseObject({ at: z.number(), text: z.string() }));
const traceSchema = z.object({ data: z.object({ trace: z.object({ rows: rowsSchema }) }) });

/** When the bot had written the generation, as its own trace tells. Resolves once the renewal has ended. */
async function writtenAt(state: LabState, id: string): Promise<number> {
  const body = { args: ["trace", id], user: "operator:bench" };
  const ended = async () => {
    const answer = await askSocket(state.files.botSocket, { method: "POST", path: "/v1/cert", body }, DEADLINE_MS);
    const { rows } = traceSchema.parse(answer.body).data.trace;
    return rows.some(({ text }) => text.startsWith("deployed")) ? rows : null;
  };
  const rows = await eventually(`${id} to end`, ended, AbortSignal.timeout(DEADLINE_MS), 100);
  const written = rows.find(({ text }) => text.startsWith("generation written"));
  if (written === undefined) throw new Error(`the trace of ${id} does not tell when it was written`);
  return written.at;
}

interface Spread {
  p50: number;
  p99: number;
  max: number;
}

function spread(values: number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
