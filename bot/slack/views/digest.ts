import type { Digest, DigestLine, UnwatchedLine } from "../../domain/digest.ts";
import type { Silence } from "../../domain/silence.ts";
import { utc } from "../../domain/utc.ts";
import { frozenBanner } from "./answer.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { dataTable, numberCell, textCell } from "./newest.ts";
import { code, count, list, longAgo, plain, time } from "./words.ts";

const linesAtMost = 15;

/** The daily message of a channel: what is new and what is due, by owner; and of what nothing is known. Said also when all is well. */
export function digestView(digest: Digest, newest = false): Message {
  const { owners, silent, resolved, ground, frozen, at, since } = digest;
  const summary = summaryOf(digest);
  return message(`Certificates today: ${summary}`, [
    header("Certificates today"),
    section(`${summary}\n${newsOf(digest)}`),
    ...frozenBanner(frozen),
    ...(newest
      ? digestTable(digest)
      : owners.flatMap(({ owner, lines: its }) => part(owner ?? "Nobody's", its.map(line)))),
    ...part(
      "🔇 Not known to be well",
      silent.map((its) => silenceLine(its, at)),
    ),
    ...(digest.unwatched ? [section(unwatchedSaid(digest.unwatched, digest.within))] : []),
    ...part("What certops stands on", ground.map(groundLine)),
    ...(resolved.length === 0 ? [] : [section(`✅ Well again, renewed or gone since then: ${list(resolved, 10)}`)]),
    context(
      `as of ${time(at)}${since === null ? "" : ` · the last one was of ${time(since)}`} · \`/cert expiring\` asks again`,
    ),
  ]);
}

/** Silence is never counted among what is well. */
function summaryOf({ counts, within }: Digest): string {
  const { expired, expiring, failing, silent, watched } = counts;
  return [
    `${count(expired, "certificate")} expired`,
    `${expiring} expiring ${within}`,
    ...(failing === 0 ? [] : [`${failing} failing`]),
    ...(silent === 0 ? [] : [`*${silent} of ${count(watched, "endpoint")} not known to be well*`]),
  ].join(" · ");
}

function newsOf({ owners, unchanged, snoozed, since }: Digest): string {
  const shown = owners.reduce((sum, { lines: its }) => sum + its.length, 0);
  const rest = [
    ...(unchanged === 0 ? [] : [`${unchanged} as told before`]),
    ...(snoozed === 0 ? [] : [`${snoozed} snoozed`]),
  ].join(", ");
  const news = since === null || shown > 0 ? "" : "Nothing new, and nothing is due before the next one.";
  return [news, rest === "" ? "" : `${rest}: \`/cert expiring\``].filter(Boolean).join(" ") || "Told in full.";
}

function part(title: string, told: string[]): Block[] {
  return told.length === 0 ? [] : [section(`*${plain(title)}*\n${lines(told, linesAtMost)}`)];
}

/** What is new and what is due, as one table. */
function digestTable({ owners }: Digest): Block[] {
  const all = owners.flatMap(({ owner, lines: its }) => its.map((one) => ({ owner: owner ?? "Nobody's", one })));
  if (all.length === 0) return [];
  const { table, left } = dataTable("What is new, and what is due", {
    header: ["Name", "Owner", "State", "Ends (UTC)", "Where", "Why"],
    pageSize: 10,
    rows: all.map(({ owner, one: { name, state, notAfter, endpoints, why } }) => [
      textCell(name, 60),
      textCell(owner, 40),
      textCell(`${marks[state]} ${state}`, 20),
      numberCell(Math.floor(notAfter / 1_000), utc(notAfter)),
      textCell(endpoints.join(", "), 60),
      textCell(why ?? "", 120),
    ]),
  });
  return [table, ...(left === 0 ? [] : [section(`_…and ${left} more: \`/cert expiring\`_`)])];
}

const marks: Record<DigestLine["state"], string> = { expired: "⛔", expiring: "⏳", failing: "❌" };

function line({ state, name, endpoints, notAfter, why }: DigestLine): string {
  const where = endpoints.length === 0 ? "" : `  ${list(endpoints, 3)}`;
  return `${marks[state]} *${plain(name)}*${where}  ${time(notAfter)}${why === null ? "" : `: ${plain(why)}`}`;
}

function silenceLine({ since, count: many, endpoints, isNew, why }: Silence, now: number): string {
  const what =
    since === null
      ? `${count(many, "endpoint")} never looked at`
      : `${count(many, "endpoint")} not reached since ${longAgo(since, now)}`;
  return `${isNew ? "❔" : "…"} ${what}: ${list(endpoints, endpoints.length)}${many > endpoints.length ? ` and ${many - endpoints.length} more` : ""}  ${plain(why)}`;
}

/** Nobody can say whether they are in use: one line, and how to see them. */
function unwatchedSaid({ count: many, isMore, owners, first }: UnwatchedLine, within: string): string {
  const whose = owners.map(({ owner, count: its }) => `${plain(owner)} ${its}`).join(", ");
  const what = `${isMore ? "more than " : ""}${count(many, "issued certificate")}`;
  const verb = many === 1 && !isMore ? "ends" : "end";
  return `🔎 *${what}* ${verb} ${within} whose use is not watched${whose === "" ? "" : ` (${whose})`}, the first ${code(first.name)} ${time(first.notAfter)}: ${code("/cert expiring")} lists them`;
}

function groundLine({ name, notAfter, problem }: Digest["ground"][number]): string {
  if (problem !== null) return `❔ ${code(name)}  ${plain(problem)}`;
  return `${plain(name)}  ${notAfter === null ? "no end" : time(notAfter)}`;
}
