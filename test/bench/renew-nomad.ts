import { mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startLab } from "../../lab/lab.ts";
import { renewInTurn, type Round, spreads, tableOf } from "./renewals.ts";

export const summary = "the same where Nomad renders, in turn with a lab where agents do";

/** `npm run bench -- renew-nomad [--rounds N] [--json]`. Prints milliseconds. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "20" }, json: { type: "boolean", default: false } },
  });
  await using folder = await mkdtempDisposable(join(await realpath(tmpdir()), "certops-bench-"));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const open = (name: string, nomad: boolean) =>
    startLab({ dir: join(folder.path, name), ports: "free", nomad, onProgress: say });
  await using nomad = await open("nomad", true);
  await using agents = await open("agents", false);
  const rounds: Record<"nomad" | "agents", Round[]> = { nomad: [], agents: [] };
  // In turn, so that what the machine does besides hits both; each lab idles while the other is measured.
  for (let round = 0; round < Number(values.rounds); round += 1) {
    rounds.nomad.push(await renewInTurn(nomad.state, round));
    rounds.agents.push(await renewInTurn(agents.state, round));
    const told = [rounds.nomad, rounds.agents].map((own) => `${own.at(-1)?.clickToServed.toFixed(0)} ms`);
    say(`${round + 1}  click to served: Nomad ${told[0]}, agents ${told[1]}`);
  }
  const result = { nomad: spreads(rounds.nomad), agents: spreads(rounds.agents) };
  if (values.json) return console.log(JSON.stringify({ rounds: rounds.nomad.length, ...result }, null, 2));
  console.log(`${rounds.nomad.length} renewals of two instances in each lab, milliseconds

as Nomad's jobs
${tableOf(result.nomad, "Nomad's templates")}

as processes with an agent each
${tableOf(result.agents, "the agents")}`);
}
