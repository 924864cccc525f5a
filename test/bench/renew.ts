import { mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startLab } from "../../lab/lab.ts";
import { renewInTurn, type Round, spreads, tableOf } from "./renewals.ts";

export const summary = "click Approve → the new certificate on every instance, beside the agents' own share of it";

/** `npm run bench -- renew [--rounds N] [--json]`. Prints milliseconds. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { rounds: { type: "string", default: "20" }, json: { type: "boolean", default: false } },
  });
  await using folder = await mkdtempDisposable(join(await realpath(tmpdir()), "certops-bench-"));
  const say = (line: string) => process.stderr.write(`${line}\n`);
  await using lab = await startLab({ dir: join(folder.path, "lab"), ports: "free", onProgress: say });
  const rounds: Round[] = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const measured = await renewInTurn(lab.state, round);
    rounds.push(measured);
    say(`${round + 1}  ${measured.service}  click to served ${measured.clickToServed.toFixed(0)} ms`);
  }
  const result = spreads(rounds);
  if (values.json) return console.log(JSON.stringify({ rounds: rounds.length, ...result }, null, 2));
  console.log(`${rounds.length} renewals of two instances each, milliseconds\n${tableOf(result, "the agents")}`);
}
