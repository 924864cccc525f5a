import type { Problem } from "../../vault-config/problem.ts";
import { findProgram } from "../stack/find-program.ts";
import { type FindOptions, obtainOpenbao } from "../stack/program.ts";
import { stopSignal } from "../stop-signal.ts";
import { asProblem, paint, printProblem, terminalProgress } from "../terminal.ts";
import type { Command } from "./command.ts";

const ENDED_BY_CTRL_C = 130;

/** One program and where it is, or why it could not be had. */
type Row = { name: string; version: string; from: string; path: string } | { name: string; problem: Problem };

/** What takes seconds comes first. */
const programs: Record<string, (options: FindOptions) => Promise<{ version: string; from: string; path: string }>> = {
  openbao: obtainOpenbao,
  envoy: (options) => findProgram("envoy", options),
  terraform: (options) => findProgram("terraform", options),
  consul: (options) => findProgram("consul", options),
  nomad: (options) => findProgram("nomad", options),
};

export const fetchCommand: Command = {
  name: "fetch",
  summary: "Get every program of the lab ahead of time, so that no start has to wait for one",
  options: { json: { type: "boolean", summary: "print it as JSON" } },
  async run({ values }) {
    const json = values["json"] === true;
    const signal = stopSignal();
    const rows = await fetchAll(signal, json);
    if (signal.aborted) {
      process.stderr.write("Interrupted. What was fetched until now is kept.\n");
      return ENDED_BY_CTRL_C;
    }
    process.stdout.write(json ? `${JSON.stringify(rows.map(asJson), null, 2)}\n` : rows.map(told).join(""));
    const problems = rows.flatMap((row) => ("problem" in row ? [row.problem] : []));
    if (!json) problems.forEach(printProblem);
    return problems.length > 0 ? 1 : 0;
  },
};

async function fetchAll(signal: AbortSignal, quiet: boolean): Promise<Row[]> {
  using progress = quiet ? null : terminalProgress();
  const rows: Row[] = [];
  for (const [name, find] of Object.entries(programs)) {
    if (signal.aborted) break;
    try {
      const { version, from, path } = await find({ signal, onProgress: (line) => progress?.begin(line) });
      rows.push({ name, version, from, path });
    } catch (error) {
      rows.push({ name, problem: asProblem(error) });
    }
  }
  return rows;
}

function asJson(row: Row) {
  if (!("problem" in row)) return row;
  const { code, message, hint } = row.problem;
  return { name: row.name, problem: { code, message, hint } };
}

function told(row: Row): string {
  const name = row.name.padEnd(9);
  if ("problem" in row) return `${name} ${paint("red", "missing")}\n`;
  return `${name} ${row.version.padEnd(8)} ${row.from.padEnd(8)} ${row.path}\n`;
}
