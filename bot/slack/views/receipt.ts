import type { Step } from "../../domain/asked.ts";
import type { Receipt } from "../../domain/renewal.ts";
import { divider, lines, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { code, plain, precisely, shortSerial, time } from "./words.ts";

/** What the bot saw itself: serials, times of the steps, handshakes. Empty where nothing was written. */
export function receiptBlocks(receipt: Receipt): Block[] {
  if (receipt.instances.length === 0) return [];
  return [
    divider,
    section(`*Instances*\n${lines(receipt.instances.map(instanceLine), 20)}`),
    section(
      [
        `*Handshakes*  ${handshakes(receipt)}`,
        ...(receipt.steps.length === 0 ? [] : [`*Steps*  ${tellSteps(receipt.steps)}`]),
        ...(receipt.besides.length === 0
          ? []
          : [`*Issued besides*  ${receipt.besides.slice(0, 10).map(shortSerial).join(", ")}`]),
        ...receipt.notes.map((note) => `_${plain(note)}_`),
      ].join("\n"),
    ),
  ];
}

function instanceLine({
  instance,
  oldSerial,
  newSerial,
  notAfter,
  servedAt,
  problem,
}: Receipt["instances"][number]): string {
  const mark = problem === null && servedAt !== null ? "✅" : "❌";
  const until = notAfter === null ? "" : `  until ${time(notAfter)}`;
  const why = problem === null ? "" : `\n      ${plain(problem)}`;
  return `${mark} ${code(instance)}  ${shortSerial(oldSerial)} → ${shortSerial(newSerial)}${until}${why}`;
}

function handshakes({ handshakes: { tried, failed, causes } }: Receipt): string {
  if (failed === 0) return `${tried} tried, *0 failed*`;
  const told = Object.entries(causes).map(([cause, times]) => `${code(cause)} × ${times}`);
  return `${tried} tried, *${failed} failed*: ${told.slice(0, 10).join(", ")}`;
}

/** The steps of a request and what each took, from the one before. */
export function tellSteps(taken: Step[]): string {
  const told = taken.map(({ name, tookMs }, index) =>
    index === 0 ? plain(name) : `${plain(name)} ${precisely(tookMs)}`,
  );
  const click = taken.find(({ name }) => name === "approved");
  const last = taken.at(-1);
  const total =
    click === undefined || last === undefined ? "" : `  (*${precisely(last.at - click.at)}* from the click)`;
  return told.join(" → ") + total;
}
