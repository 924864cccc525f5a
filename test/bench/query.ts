import { parseArgs } from "node:util";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aCrowd, questionsTo } from "./crowd.ts";
import { replies } from "../support/slack-requests.ts";
import { askIn } from "./slash.ts";

export const summary = "from a slash command to its answer, among a million certificates and among few";

const help = `npm run bench -- query [--certificates 1000000] [--rounds 40] [--json]
  --certificates  that nobody watches, besides 400 that are served
  --rounds        how often each question is asked, of both in turn
  --json          the figures, for a program`;

interface Figures {
  question: string;
  /** Milliseconds, from the signed request until the answer came in at its response_url. */
  many: { p50: number; p99: number };
  few: { p50: number; p99: number };
}

/** The same questions to two stores in turn, so that what the machine does besides hits both. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      certificates: { type: "string", default: "1000000" },
      rounds: { type: "string", default: "40" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const [certificates, rounds] = [Number(values.certificates), Number(values.rounds)];
  if (values.help || !(certificates >= 1_000) || !(rounds >= 5)) {
    console.log(help);
    if (!values.help) process.exitCode = 2;
    return;
  }
  using folder = temporaryFolder();
  await using answers = await replies();
  await using many = await aCrowd(folder.file("many.db"), certificates, (done) =>
    process.stderr.write(`\rfilled ${done} of ${certificates}`),
  );
  await using few = await aCrowd(folder.file("few.db"), 0);
  process.stderr.write("\n");
  const took = new Map<string, { many: number[]; few: number[] }>();
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, text } of questionsTo(certificates, round)) {
      const tally = took.get(name) ?? { many: [], few: [] };
      took.set(name, tally);
      const [inMany, inFew] = [await askIn(many, answers, text), await askIn(few, answers, text)];
      // The first round fills caches.
      if (round === 0) continue;
      tally.many.push(inMany);
      tally.few.push(inFew);
    }
    process.stderr.write(`\r${round}/${rounds}`);
  }
  process.stderr.write("\n");
  report(
    [...took].map(([question, tally]) => ({ question, many: figuresOf(tally.many), few: figuresOf(tally.few) })),
    { all: figuresOf([...took.values()].flatMap((tally) => tally.many)), certificates, json: values.json },
  );
}

function report(
  figures: Figures[],
  { all, certificates, json }: { all: { p50: number; p99: number }; certificates: number; json: boolean },
): void {
  if (json) return console.log(JSON.stringify({ certificates, all, figures }));
  const cell = ({ p50, p99 }: { p50: number; p99: number }) => `${p50.toFixed(1)} / ${p99.toFixed(1)}`.padStart(16);
  console.log(`p50 / p99 in ms          ${`${certificates} more`.padStart(16)}${"none more".padStart(16)}`);
  for (const { question, many, few } of figures) console.log(`${question.padEnd(24)} ${cell(many)}${cell(few)}`);
  console.log(`${"all".padEnd(24)} ${cell(all)}`);
}

function figuresOf(took: number[]): { p50: number; p99: number } {
  const sorted = took.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
