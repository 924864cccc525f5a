import type { Lane, Mark, Outlook } from "../../domain/outlook.ts";
import { outlookBars } from "../../domain/outlook-bars.ts";
import { context, header, lines, message, picture, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { barChart } from "./newest.ts";
import { withoutMarkup } from "./sentence.ts";
import { code, plain, time } from "./words.ts";

const lanesAtMost = 8;

/** The weekly picture, and in words what of it asks for somebody. `file`: its id in Slack. */
export const outlookView = (outlook: Outlook, { file, alt }: { file: string; alt: string }): Message =>
  shown(outlook, alt, picture(file, alt));

/** The same as a chart that Slack draws; null where nothing ends. */
export function outlookChartView(outlook: Outlook): Message | null {
  const bars = outlookBars(outlook);
  if (bars === null) return null;
  const { categories, series } = bars;
  const chart = barChart("By the time that is left", {
    categories,
    series: series.map(({ state, values }) => ({ name: names[state], values })),
    x: "ends within",
    y: "certificates",
  });
  return shown(outlook, outlookInWords(outlook), chart);
}

const names: Record<Mark["state"], string> = {
  expired: "expired",
  near: "near its end",
  silent: "not reached",
  fine: "fine",
};

function shown(outlook: Outlook, words: string, drawn: Block): Message {
  const urgent = outlook.lanes.flatMap(urgentOf);
  return message(words, [
    header("Expiries ahead"),
    drawn,
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
