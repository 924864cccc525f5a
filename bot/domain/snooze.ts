import { parseDay } from "./day.ts";
import { parseDuration, tellDuration } from "./duration.ts";
import { at, type FieldProblem } from "./forms.ts";
import { type Refusal, refuse } from "./refusal.ts";
import { visible } from "./visible.ts";

/** Nothing new is told of a subject until then. */
export interface Snooze {
  subject: string;
  by: string;
  reason: string;
  at: number;
  until: number;
}

/** What somebody asks for, word by word; "" where they said nothing. */
export interface SnoozeFields {
  /** `7d`, `12h`, or a last day such as `2026-12-31`. */
  until: string;
  reason: string;
}

export type SnoozeField = keyof SnoozeFields;

const dayMs = 86_400_000;
const longestMs = 90 * dayMs;
const mostReason = 500;

/** What was asked for, or everything that is wrong with it, by field. */
export function readSnooze(
  { until: text, reason }: SnoozeFields,
  now: number,
): Pick<Snooze, "until" | "reason"> | FieldProblem<SnoozeField>[] {
  const until = untilOf(text.trim().toLowerCase(), now);
  const said = visible(reason).trim().replaceAll(/\s+/g, " ");
  const wrong = [
    typeof until === "number" ? null : at("until", until),
    said === "" ? at("reason", noReason) : null,
    said.length > mostReason ? at("reason", longReason) : null,
  ].filter((one) => one !== null);
  return typeof until === "number" && wrong.length === 0 ? { until, reason: said } : wrong;
}

const noReason = refuse("reason-missing", "A snooze needs a reason: others will ask.", "Say why it can wait.");
const longReason = refuse("reason-too-long", `The reason is longer than ${mostReason} characters.`, "Say it shorter.");

function untilOf(text: string, now: number): number | Refusal {
  const ms = parseDuration(text);
  const day = parseDay(text);
  const until = ms !== null ? now + ms : day !== null ? day + dayMs : null;
  if (until === null) {
    const what = text === "" ? "Until when?" : `${text.slice(0, 40)} says not until when.`;
    return refuse("bad-end", what, "Write it as 7d, 12h, or a last day such as 2026-12-31.");
  }
  if (until <= now) return refuse("over-already", "That day is over.", "Say for how long from now, such as 7d.");
  if (until - now <= longestMs) return until;
  return refuse(
    "too-long",
    `That would be ${tellDuration(until - now)}; the longest is ${tellDuration(longestMs)}.`,
    "Snooze it again when it is over, or stop watching it in certops.yaml.",
  );
}

/** The one in force for a subject. */
export function snoozeOf(snoozes: Snooze[], subject: string, now: number): Snooze | null {
  return snoozes.find((one) => one.subject === subject && one.until > now) ?? null;
}
