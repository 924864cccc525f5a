import { askLab, requireRunningLab } from "../control-client.ts";
import { type ChangeModesReport, changeModesSchema, knownStep, steps } from "../steps/report.ts";
import { paint, terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

const STEP_MS = 300_000;

export const step: Command = {
  name: "step",
  summary: "Play one step of the workshop on the running lab, and put everything back; without a name, list them",
  argument: "name",
  options: { ...dirOption, json: { type: "boolean", summary: "print what was measured as JSON" } },
  async run(input) {
    const json = input.values["json"] === true;
    if (input.argument === undefined) {
      process.stdout.write(json ? `${JSON.stringify(steps, null, 2)}\n` : list());
      return 0;
    }
    const name = knownStep(input.argument);
    const state = await requireRunningLab(await chosenFolder(input));
    const asked = () => askLab(state, { method: "POST", path: `/steps/${name}` }, STEP_MS);
    const report = changeModesSchema.parse(await (json ? asked() : withProgress(asked)));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : tellChangeModes(report));
    return 0;
  },
};

async function withProgress<T>(work: () => Promise<T>): Promise<T> {
  using progress = terminalProgress();
  progress.begin("Deploying and rotating under noop, restart and signal, about a minute");
  return await work();
}

/** A table, a mode a line. */
export function tellChangeModes({ service, instances, modes, patienceMs }: ChangeModesReport): string {
  const rows = modes.map(({ mode, renderedMs, servedMs, sent, lost }) => [
    mode,
    seconds(renderedMs),
    servedMs === null ? `never (waited ${seconds(patienceMs)})` : seconds(servedMs),
    `${lost.fresh} of ${sent.fresh}`,
    `${lost.kept} of ${sent.kept}`,
  ]);
  const head = ["change_mode", "in the file", "served by all", "lost (fresh)", "lost (kept)"];
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("   ");
  return `
${paint("bold", `One rotation of ${service}, ${instances} instances, under each change_mode`)}

${paint("dim", line(head))}
${rows.map(line).join("\n")}

noop     the file is new, and the service goes on with the certificate it has in memory, until that expires
restart  the new certificate is served, by a new process: what is called meanwhile is lost
signal   the service swaps it in while it serves; the lab is left with this one
`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(2)} s`;
}

function list(): string {
  const width = Math.max(...steps.map(({ name }) => name.length));
  const lines = steps.map(({ name, title }) => `  ${paint("bold", name.padEnd(width))}  ${title}`);
  return `${lines.join("\n")}\n\nnpm run lab -- step <name> plays one.\n`;
}
