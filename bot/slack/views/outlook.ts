import type { Lane, Outlook } from "../../domain/outlook.ts";
import { context, header, lines, message, picture, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { withoutMarkup } from "./sentence.ts";
import { code, plain, time } from "./words.ts";

const lanesAtMost = 8;

/** The weekly picture, and in words what of it asks for somebody. `file`: its id in Slack. */
export function outlookView(outlook: Outlook, { file, alt }: { file: string; alt: string }): Message {
  const urgent = outlook.lanes.flatMap(urgentOf);
  return message(alt, [
    header("Expiries ahead"),
    picture(file, alt),
    ...(urgent.length === 0 ? [] : [section(lines(urgent, lanesAtMost))]),
    context(`as of ${time(outlook.at)} · what nobody watches is not in it: \`/cert expiring\``),
  ]);
}

/** What the picture shows, for who cannot see it. */
export function outlookInWords({ counts, lanes }: Outlook): string {
  const { expired, near, silent, fine } = counts;
  const first = lanes[0]?.marks[0];
  const soonest =
    first === undefined ? "" : ` The first to end: ${first.label}, ${withoutMarkup(time(first.notAfter))}.`;
  return `Expiries ahead: ${expired} expired, ${near} near their end, ${silent} not reached, ${fine} fine.${soonest}`;
}

function urgentOf({ name, marks }: Lane): string[] {
  const first = marks.find(({ state }) => state === "expired" || state === "near");
  if (first === undefined) return [];
  const more = first.count > 1 ? ` and ${first.count - 1} more` : "";
  return [
    `${first.state === "expired" ? "⛔" : "⏳"} *${plain(name)}*  ${code(first.label)}${more}  ${time(first.notAfter)}`,
  ];
}
