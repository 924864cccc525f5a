import { z } from "zod";
import { APPROVE, buttonOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { LabState } from "../../lab/state.ts";
import { askSocket } from "../../lab/unix-http.ts";
import { shakeHands } from "../../lab/visit.ts";

const SERVICES = ["service-a", "service-b"];
const LOOK_EVERY_MS = 10;
const DEADLINE_MS = 30_000;

/** One renewal, in milliseconds. */
export interface Round {
  service: string;
  /** From the click to a fresh handshake with the last instance showing the new generation, seen from outside the bot. */
  clickToServed: number;
  /** The part after the bot had written the generation: who renders sees it, Vault's issue, the swap. */
  writtenToServed: number;
}

/** Renews the services in turn, round by round. */
export async function renewInTurn(state: LabState, round: number): Promise<Round> {
  return renew(state, SERVICES[round % SERVICES.length] ?? "");
}

export interface Spread {
  p50: number;
  p99: number;
  max: number;
}

export interface Spreads {
  clickToServed: Spread;
  writtenToServed: Spread;
  botsShare: Spread;
}

export function spreads(rounds: Round[]): Spreads {
  return {
    clickToServed: spread(rounds.map((round) => round.clickToServed)),
    writtenToServed: spread(rounds.map((round) => round.writtenToServed)),
    botsShare: spread(rounds.map((round) => round.clickToServed - round.writtenToServed)),
  };
}

/** The lines of a table of milliseconds. `renders`: who puts the certificate in its file. */
export function tableOf({ clickToServed, writtenToServed, botsShare }: Spreads, renders: string): string {
  const row = (name: string, { p50, p99, max }: Spread) =>
    [name.padEnd(44), ...[p50, p99, max].map((value) => value.toFixed(0).padStart(8))].join(" ");
  return [
    `${"".padEnd(44)}      p50      p99      max`,
    row("click → served by all instances", clickToServed),
    row(`  of it ${renders}, after the write`, writtenToServed),
    row("  of it the bot, before the write", botsShare),
  ].join("\n");
}

async function renew(state: LabState, service: string): Promise<Round> {
  const workspace = new Workspace(state);
  const message = await workspace.planFor(`/cert renew ${service} bench`);
  const generation = buttonOf(message, APPROVE);
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
  const [moments] = await Promise.all([served, workspace.click("ben", message, APPROVE)]);
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

export function spread(values: number[]): Spread {
  const sorted = values.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
