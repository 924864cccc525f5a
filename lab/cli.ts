#!/usr/bin/env node
import { parseArgs } from "node:util";
import { Problem } from "../vault-config/problem.ts";
import { caseCommand } from "./commands/case.ts";
import type { Command, CommandOption } from "./commands/command.ts";
import { demo } from "./commands/demo.ts";
import { doctor } from "./commands/doctor.ts";
import { down } from "./commands/down.ts";
import { fetchCommand } from "./commands/fetch.ts";
import { move } from "./commands/move.ts";
import { reset } from "./commands/reset.ts";
import { rotateRoot } from "./commands/rotate-root.ts";
import { status } from "./commands/status.ts";
import { step } from "./commands/step.ts";
import { up } from "./commands/up.ts";
import { nearest } from "./nearest.ts";
import { paint, printProblem } from "./terminal.ts";

const help = { type: "boolean", summary: "this text" } as const;
const commands: readonly Command[] = [
  up,
  status,
  reset,
  down,
  doctor,
  fetchCommand,
  caseCommand,
  step,
  rotateRoot,
  move,
  demo,
];

// The terminal may be gone before the lab is down; it must come down all the same.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  printProblem(error);
  process.exitCode = 1;
}

async function main(args: string[]): Promise<number> {
  const [word, ...rest] = args;
  if (word === undefined || word === "--help" || word === "-h" || word === "help") {
    process.stdout.write(overview());
    return word === undefined ? 2 : 0;
  }
  const command = commands.find(({ name }) => name === word);
  if (command === undefined)
    throw unknownWord(
      "UNKNOWN_COMMAND",
      "command",
      word,
      commands.map(({ name }) => name),
    );
  const { values, positionals } = parse(command, rest);
  if (values["help"] === true) {
    process.stdout.write(usage(command));
    return 0;
  }
  const [excess] = positionals.slice(command.argument === undefined ? 0 : 1);
  if (excess !== undefined) {
    throw new Problem("UNEXPECTED_WORD", `"${command.name}" takes no "${excess}".`, helpHint(command));
  }
  return command.run({ values, argument: positionals[0] });
}

function parse(command: Command, args: string[]) {
  const options = { ...command.options, help: { ...help, short: "h" } };
  const unknown = args.find((arg) => arg.startsWith("--") && !Object.hasOwn(options, optionName(arg)));
  if (unknown !== undefined) {
    throw unknownWord(
      "UNKNOWN_OPTION",
      "option",
      `--${optionName(unknown)}`,
      Object.keys(options).map((name) => `--${name}`),
    );
  }
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (cause) {
    const message = cause instanceof Error ? cause.message.split(". ")[0] : String(cause);
    throw new Problem("BAD_OPTION", `${message}.`, helpHint(command), { cause });
  }
}

function optionName(arg: string): string {
  return arg.slice(2).split("=")[0] ?? "";
}

function unknownWord(code: string, kind: string, word: string, known: string[]): Problem {
  const guess = nearest(word, known);
  const hint = guess === null ? `There are: ${known.join(", ")}.` : `Did you mean "${guess}"?`;
  return new Problem(code, `There is no ${kind} "${word}".`, hint);
}

function helpHint(command: Command): string {
  return `\`npm run lab -- ${command.name} --help\` tells what it takes.`;
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const lines = commands.map(({ name, summary }) => `  ${paint("bold", name.padEnd(width))}  ${summary}`);
  return `Usage: npm run lab -- <command> [options]\n\n${lines.join("\n")}\n\nEach takes --help.\n`;
}

function usage(command: Command): string {
  const options = Object.entries<CommandOption>({ ...command.options, help });
  const spelled = options.map(([name, { value, summary }]) => ({
    flag: value === undefined ? `--${name}` : `--${name} ${value}`,
    summary,
  }));
  const width = Math.max(...spelled.map(({ flag }) => flag.length));
  const lines = spelled.map(({ flag, summary }) => `  ${flag.padEnd(width)}  ${summary}`);
  const argument = command.argument === undefined ? "" : ` [${command.argument}]`;
  return `Usage: npm run lab -- ${command.name}${argument} [options]\n\n${command.summary}.\n\n${lines.join("\n")}\n`;
}
