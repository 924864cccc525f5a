import { caseReportSchema, type CaseReport } from "../cases/report.ts";
import { listCases } from "../cases/scripts.ts";
import { knownCase } from "../control.ts";
import { askLab, requireRunningLab } from "../control-client.ts";
import { paint, terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

const CASE_MS = 120_000;

export const caseCommand: Command = {
  name: "case",
  summary: "Show one of the seven ways a handshake goes, explained; without a name, list them",
  argument: "name",
  options: { ...dirOption, json: { type: "boolean", summary: "print the report as JSON" } },
  async run(input) {
    const json = input.values["json"] === true;
    if (input.argument === undefined) {
      process.stdout.write(json ? `${JSON.stringify(listCases(), null, 2)}\n` : list());
      return 0;
    }
    const name = knownCase(input.argument);
    const state = await requireRunningLab(await chosenFolder(input));
    const report = caseReportSchema.parse(await played(state, name, json));
    process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : tellCase(report));
    return report.expected && report.restored ? 0 : 1;
  },
};

async function played(state: Parameters<typeof askLab>[0], name: string, quiet: boolean): Promise<unknown> {
  const asked = () => askLab(state, { method: "POST", path: `/cases/${name}` }, CASE_MS);
  if (quiet) return asked();
  using progress = terminalProgress();
  progress.begin(`Playing ${name} and putting it right again`);
  return await asked();
}

/** The report as it is read in a terminal. */
export function tellCase(report: CaseReport): string {
  const block = (label: string, text: string) => `${paint("bold", label)}\n${text.replaceAll(/^/gm, "  ")}\n`;
  const verdict = report.expected ? paint("green", "as expected") : paint("red", "NOT what this case should show");
  const after = report.restored ? paint("green", "put right again") : paint("red", "NOT put right again");
  return [
    `\n${paint("bold", report.title)}\n`,
    block("By hand", report.command),
    block("The client saw", report.clientSaw),
    block("The server knew", report.serverKnew),
    block("Cause", report.cause),
    block("Fix", report.fix),
    ...(report.mesh === null ? [] : [block("In the mesh", inTheMesh(report.mesh))]),
    `${verdict}, ${after} ${paint("dim", `(${(report.tookMs / 1_000).toFixed(1)} s)`)}\n`,
  ].join("\n");
}

function inTheMesh({ prevented, said, cause }: NonNullable<CaseReport["mesh"]>): string {
  return [...(prevented ? ["The mesh prevents it."] : []), said, cause].join("\n");
}

function list(): string {
  const cases = listCases();
  const width = Math.max(...cases.map(({ name }) => name.length));
  const lines = cases.map(({ name, title }) => `  ${paint("bold", name.padEnd(width))}  ${title}`);
  return `${lines.join("\n")}\n\nnpm run lab -- case <name> plays one.\n`;
}
