import { execFile } from "node:child_process";
import { mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { botSpec } from "../../lab/bot.ts";
import { enterHost } from "../../lab/demo/on-host.ts";
import { environment } from "../../lab/firewall/isolation.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import type { LabState } from "../../lab/state.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { childOf } from "../support/child-of.ts";
import { type Opening, openOnce } from "./openings.ts";
import { spread } from "./renewals.ts";

export const summary = "click Approve → packets pass, with 1 and with 1,000 rules in force";

const help = `npm run bench -- firewall [--rounds 10] [--rules 1000] [--json]
  --rounds  openings measured with one rule in force, and as many with all
  --rules   in force in the end
  --json    the figures, for a program`;

const RULES = join(import.meta.dirname, "../support/firewall-rules-child.ts");
const RULES_MS = 900_000;
const execute = promisify(execFile);

/** One lab, first with one rule in force and then with all: everything else is the same. Prints milliseconds. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "10" },
      rules: { type: "string", default: "1000" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [rounds, rules] = [Number(values.rounds), Number(values.rules)];
  if (values.help || !(rounds >= 1) || !(rules >= 2)) {
    console.log(help);
    if (!values.help) process.exitCode = 2;
    return;
  }
  await using folder = await mkdtempDisposable(join(await realpath(tmpdir()), "certops-bench-"));
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  await using lab = await startLab({ dir: join(folder.path, "lab"), ports: "free", firewall: true, onProgress: say });
  await using bot = restartable(lab);

  const measured = new Map<number, Opening[]>();
  let inForce = 0;
  for (const wanted of [1, rules]) {
    say(`Taking rules through the gate until ${wanted} are in force`);
    await bot.awayFor(() => takeThrough(lab.state, wanted - inForce));
    inForce = wanted;
    const openings: Opening[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      const opening = await openOnce(lab.state);
      openings.push(opening);
      say(`${round}/${rounds}  ${wanted} in force  click to pass ${opening.clickToPass} ms`);
    }
    measured.set(wanted, openings);
  }

  const result = Object.fromEntries([...measured].map(([count, openings]) => [count, figures(openings)]));
  const { kind, version } = lab.state.firewall?.cts ?? { kind: "no", version: "" };
  const cts = `${kind} CTS ${version}`;
  if (values.json) return console.log(JSON.stringify({ rounds, cts, ...result }, null, 2));
  console.log(`${rounds} openings each, ${cts}, milliseconds`);
  for (const [count, its] of measured) console.log(`\n${tableOf(count, figures(its))}`);
}

const parts = ["clickToPass", "clickToRun", "runToPass", "typedToPlan"] as const;
type Figures = Record<(typeof parts)[number], { p50: number; max: number }>;

function figures(openings: Opening[]): Figures {
  const of = (part: keyof Opening) => {
    const { p50, max } = spread(openings.map((one) => one[part]));
    return { p50, max };
  };
  return Object.fromEntries(parts.map((part) => [part, of(part)])) as Figures;
}

const names: Record<keyof Figures, string> = {
  clickToPass: "click → packets pass",
  clickToRun: "  of it the bot and CTS's plan",
  runToPass: "  of it Terraform and nft",
  typedToPlan: "before that, typed → plan shown",
};

function tableOf(count: number, its: Figures): string {
  const row = (name: string, ...cells: string[]) =>
    [name.padEnd(40), ...cells.map((cell) => cell.padStart(8))].join(" ");
  return [
    row(`with ${count} in force`, "p50", "max"),
    ...parts.map((part) => row(names[part], its[part].p50.toFixed(0), its[part].max.toFixed(0))),
  ].join("\n");
}

/** The lab's bot, which can be away for a while: its store belongs to one process at a time. */
function restartable(lab: Lab): AsyncDisposable & { awayFor(work: () => Promise<void>): Promise<void> } {
  const { state } = lab;
  const place = (spec: ReturnType<typeof botSpec>) => {
    const [command, ...words] = enterHost(state, "management");
    return { ...spec, command, args: [...words, spec.command, ...spec.args] };
  };
  const supervisor = new Supervisor({ marker: state.dir, place });
  let bot: Child = childOf(lab, "bot");
  return {
    async awayFor(work) {
      await bot.stop();
      await work();
      bot = await supervisor.spawn(botSpec(state));
    },
    [Symbol.asyncDispose]: () => supervisor[Symbol.asyncDispose](),
  };
}

/** In the bot's place, as its own process on its own host. */
async function takeThrough(state: LabState, count: number): Promise<void> {
  const [program, ...words] = enterHost(state, "management");
  const env = { ...environment(), CERTOPS_CONFIG: state.files.certopsYaml };
  await execute(program, [...words, process.execPath, RULES, String(count)], { env, timeout: RULES_MS });
}
