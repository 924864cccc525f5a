import type { types } from "@slack/bolt";
import type { Affected, BlastRadius } from "../../domain/blast-radius.ts";
import type { ExpiryNotice, Over } from "../../domain/expiry-notice.ts";
import { type Ending, expired } from "../../domain/expiry-subject.ts";
import { actions, button, context, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { approvers, code, list, person, plain, shortSerial, time } from "./words.ts";

export const renewAction = "expiry_renew";
export const snoozeAction = "expiry_snooze";
export const wakeAction = "expiry_wake";

const endingsAtMost = 10;

/**
 * The one message about what ends of a subject: what and when, who is hurt, what to do. Once it is over it says how that
 * came. `mention`: who answers for it, as a Slack id.
 */
export function expiryView(notice: ExpiryNotice, mention: string | null): Message {
  const { subject, over } = notice;
  if (over !== null) return sentenceView(overSaid(subject, over));
  const title = titleOf(notice);
  const owner = mention === null ? notice.owner && plain(notice.owner) : called(mention);
  const said = [
    `${owner === null ? "" : `${owner}: `}${endedSaid(notice)}`,
    ...(notice.blast === null ? [] : blastSaid(notice.blast, notice)),
  ];
  return message(`${title}. ${said.map(withoutMarkup).join(" ")}`, [
    header(title),
    section(said.join("\n")),
    section(lines(notice.endings.map(endingLine), endingsAtMost)),
    ...(notice.renewal === null ? [] : [section(renewalSaid(notice.renewal))]),
    ...(notice.snooze === null ? [] : [section(snoozeSaid(notice.snooze))]),
    actions(buttons(notice)),
    context(`${crossedSaid(notice)} · this message closes by itself when the cause is gone`),
  ]);
}

/** A user group's id begins with S. */
export const called = (id: string) =>
  approvers(id.startsWith("S") ? { users: [], groups: [id] } : { users: [id], groups: [] });

function titleOf({ subject, level }: ExpiryNotice): string {
  return level === expired ? `⛔ ${subject} has expired` : `⏳ ${subject} ends soon`;
}

function endedSaid({ kind, endings, level }: ExpiryNotice): string {
  const what = {
    service: endings.length === 1 ? "one of its certificates" : `${endings.length} of its certificates`,
    endpoint: "its certificate",
    authority: "the certificate of this authority",
    ground: "certops itself stands on it, and it",
  }[kind];
  const when = endings[0] === undefined ? "" : time(endings[0].notAfter);
  const verb = level === expired ? "ended" : endings.length > 1 && kind === "service" ? "end" : "ends";
  return endings.length > 1 && kind === "service" ? `${what} ${verb}, the first ${when}.` : `${what} ${verb} ${when}.`;
}

function blastSaid({ callers, calls }: BlastRadius, { endings, level }: ExpiryNotice): string[] {
  const [first, last] = [endings[0], endings.at(-1)];
  if (first === undefined || last === undefined) return [];
  const isOver = level === expired;
  const whole =
    first === last
      ? `at ${code(first.where)} from ${time(first.notAfter)} on`
      : `at ${code(first.where)} from ${time(first.notAfter)} on, and at the last of these from ${time(last.notAfter)} on`;
  if (callers.length + calls.length === 0) {
    return [
      `❔ ${isOver ? "Until somebody" : "If nobody"} renews it, its callers fail ${whole}. Who they are, neither its metrics nor certops.yaml says.`,
    ];
  }
  return [
    ...(callers.length === 0
      ? []
      : [`💥 ${isOver ? "Until somebody" : "If nobody"} renews it, ${affected(callers)} cannot call it ${whole}.`]),
    ...(calls.length === 0
      ? []
      : [`💥 It shows the same certificate to ${affected(calls)}, which ${isOver ? "turn" : "will turn"} it away.`]),
  ];
}

export function affected(all: Affected[]): string {
  const told = all.slice(0, 5).map(({ name, how }) => `*${plain(name)}*${how === "declared" ? " (as declared)" : ""}`);
  return all.length > 5 ? `${told.join(", ")} and ${all.length - 5} more` : told.join(", ");
}

function endingLine({ where, serial, notAfter, unreachedSince }: Ending): string {
  const what = serial === null ? code(where) : `${code(where)}  serial ${shortSerial(serial)}`;
  const silent = unreachedSince === null ? "" : ` · ❔ not reached since ${time(unreachedSince)}: it showed this last`;
  return `${what}  ${time(notAfter)}${silent}`;
}

export function renewalSaid({ id, state }: NonNullable<ExpiryNotice["renewal"]>): string {
  return state === "pending"
    ? `🔏 Its renewal ${code(id)} waits for a decision.`
    : `🔄 Its renewal ${code(id)} is approved and under way.`;
}

export function snoozeSaid({ by, until, reason }: NonNullable<ExpiryNotice["snooze"]>): string {
  return `😴 Snoozed by ${person(by)} until ${time(until)}: ${plain(reason)}`;
}

function buttons({ kind, subject, renewal, snooze }: ExpiryNotice): types.Button[] {
  return [
    ...(kind === "service" && renewal === null ? [button("Renew", renewAction, subject, "primary")] : []),
    snooze === null ? button("Snooze…", snoozeAction, subject) : button("Wake up", wakeAction, subject),
  ];
}

function crossedSaid({ level }: ExpiryNotice): string {
  if (level === expired) return "its end has passed";
  return level.endsWith("%") ? `at most ${level} of life left` : `at most ${level} left`;
}

function overSaid(subject: string, { why, at, until }: Over): string {
  const name = `*${plain(subject)}*`;
  switch (why) {
    case "renewed":
      return `✅ ${name} is renewed: what it serves holds until ${time(until ?? at)}. Seen ${time(at)}.`;
    case "calm":
      return `✅ ${name} no longer counts as near its end: it holds until ${time(until ?? at)}.`;
    case "gone":
      return `🗄️ ${name} is no longer watched, since ${time(at)}.`;
    case "again":
      return `↓ ${name}: there is more to tell, in the message of ${time(at)}.`;
  }
}

/** In answer to who snoozed. */
export function snoozedView(
  { subject, until, reason }: { subject: string; until: number; reason: string },
  endings: Pick<Ending, "where" | "notAfter">[],
): Message {
  const before = endings.filter(({ notAfter }) => notAfter <= until).map(({ where }) => where);
  const warned = before.length === 0 ? "" : `\n⚠️ By then ${list(before)} will have expired, and nothing will be told.`;
  return sentenceView(`😴 Nothing new is told of *${plain(subject)}* until ${time(until)}: ${plain(reason)}${warned}`);
}

export function wokenView({ subject }: { subject: string }): Message {
  return sentenceView(`🔔 *${plain(subject)}* is told of again.`);
}
