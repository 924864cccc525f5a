import { examine, type Finding } from "../doctor.ts";
import { paint } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

export const doctor: Command = {
  name: "doctor",
  summary: "Look at what usually is in the way, and say how to mend it",
  options: { ...dirOption, json: { type: "boolean", summary: "print it as JSON" } },
  async run(input) {
    const findings = await examine(await chosenFolder(input));
    const text = input.values["json"] === true ? JSON.stringify(findings, null, 2) : findings.map(told).join("\n");
    process.stdout.write(`${text}\n`);
    return findings.some(({ ok, needed }) => needed && !ok) ? 1 : 0;
  },
};

function told({ name, ok, needed, found, mend }: Finding): string {
  const mark = ok ? paint("green", "ok     ") : paint(needed ? "red" : "yellow", needed ? "problem" : "note   ");
  return `${mark} ${name.padEnd(10)} ${found}${mend === null ? "" : `\n        → ${mend}`}`;
}
