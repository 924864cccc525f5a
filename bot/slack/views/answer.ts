import type { Answer, GroundRow, Row, UnknownEndpoint } from "../../domain/answer.ts";
import { thawCommand } from "../../domain/freeze.ts";
import type { FreezeInForce } from "../../domain/freeze.ts";
import { answerTable, rowsPerTable } from "./answer-table.ts";
import { actions, context, divider, fields, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { paging } from "./paging.ts";
import { code, count, list, person, plain, relative, scoped, shortSerial, time } from "./words.ts";

const rowsPerPage = 10;
/** So few certificates are told in full where one was asked for. */
const detailedUpTo = 3;

/** What certops stands on has no renewBefore of its own. */
const fewShare = 0.2;

export interface Asked {
  /** The words after `/cert`, to ask again for another page. */
  args: string[];
  /** From 0; one past the end is the last. */
  page: number;
  now: number;
  /** Told by Slack's newest blocks. */
  newest?: boolean;
}

/** An answer, one page of it: of certificates and, beside them, of unknown endpoints. The rest is on every page. */
export function answerView(answer: Answer, { args, page, now, newest = false }: Asked): Message {
  const verb = (args[0] ?? "").toLowerCase();
  const detailed = ["show", "serial"].includes(verb) && answer.rows.length <= detailedUpTo;
  const asTable = newest && !detailed;
  const size = asTable ? rowsPerTable : rowsPerPage;
  const pages = Math.max(1, pagesOf(answer.rows, size), pagesOf(answer.unknown));
  const current = Math.min(Math.max(0, page), pages - 1);
  const rows = onPage(answer.rows, current, size);
  return message(summary(answer, rows, now), [
    header(answer.title),
    ...frozenBanner(answer.frozen),
    ...(answer.rows.length === 0 ? nothing(answer, verb) : []),
    ...(asTable && rows.length > 0
      ? answerTable(
          rows.map((row) => ({ row, mark: markOf(row) })),
          now,
        )
      : rows.flatMap((row) => rowBlocks(row, detailed, now))),
    ...unknownBlocks(answer.unknown, current, now),
    ...groundBlocks(answer.ground, verb, now),
    context(footer(answer, current, pages, now)),
    actions(paging({ command: "/cert", args, page: current }, pages)),
  ]);
}

/** What a freeze stops, and what it does not. */
export function frozenBanner(freezes: Pick<FreezeInForce, "scope" | "by" | "until">[]): Block[] {
  if (freezes.length === 0) return [];
  const told = freezes.map(({ scope, by, until }) => {
    const [done, end] = until === null ? ["frozen", `until ${code(thawCommand(scope))}`] : ["held", "for a moment"];
    return `❄️ ${scoped(scope)} ${done} by ${person(by)}: certops starts nothing there ${end}; leaves go on renewing by themselves, and firewall rules close at their end.`;
  });
  return [section(lines(told, 5))];
}

/** Healthy only when it is known to be. */
export function markOf({ conditions, standing }: Row): string {
  const status = (type: string) => conditions.find((condition) => condition.type === type);
  const ready = status("Ready");
  if (standing === "history") return "🗄️";
  if (ready?.reason === "Expired") return "⛔";
  if (ready?.status === "False") return "❌";
  if (status("Issuing")?.status === "True") return "🔄";
  if (status("Deployed")?.reason === "OldGeneration") return "⚠️";
  if (status("Expiring")?.status === "True") return "⏳";
  return ready?.status === "True" ? "✅" : "❔";
}

function rowBlocks(row: Row, detailed: boolean, now: number): Block[] {
  const { certificate, places, conditions } = row;
  const where =
    places.length === 0
      ? ""
      : `  ${list(
          places.map(({ endpoint }) => endpoint),
          3,
        )}`;
  const left = `*${row.remainingMs > 0 ? relative(certificate.notAfter, now) : `expired ${relative(certificate.notAfter, now)}`}*`;
  const first = `${markOf(row)} *${nameOf(row)}*${where}  ${left} · ${time(certificate.notAfter)}`;
  const ready = conditions.find(({ type }) => type === "Ready");
  const behind = conditions.find(({ reason }) => reason === "OldGeneration");
  const owner = places.find((place) => place.owner !== null)?.owner;
  const second = [
    ...(owner ? [plain(owner)] : []),
    `serial ${shortSerial(certificate.serial)}`,
    ...(certificate.generation === null ? [] : [`generation ${code(certificate.generation)}`]),
    ...(ready === undefined || ready.status === "True" || ready.reason === "Expired" ? [] : [plain(ready.message)]),
    ...(behind === undefined ? [] : [plain(behind.message)]),
  ].join(" · ");
  return [section(`${first}\n${second}`), ...(detailed ? details(row) : [])];
}

function details({ certificate, conditions }: Row): Block[] {
  return [
    fields([
      ["Names", list(certificate.names, 20)],
      ["Issuer", code(certificate.issuer)],
      ["Valid", `${time(certificate.notBefore)} – ${time(certificate.notAfter)}`],
      ["Key", plain(certificate.key)],
      ["Serial", code(certificate.serial)],
      ["SHA-256", code(certificate.fingerprint)],
    ]),
    section(
      lines(
        conditions.map(
          ({ type, status, reason, message: said }) =>
            `*${type}* ${status} · ${plain(reason)}${said ? ` · ${plain(said)}` : ""}`,
        ),
        8,
      ),
    ),
    divider,
  ];
}

/** Only that nothing expires is good news. */
function nothing({ unknown, ground }: Answer, verb: string): Block[] {
  if (unknown.length > 0) {
    const others = count(unknown.length, "other");
    return [section(`❔ Nothing among the endpoints that could be looked at; ${others} below.`)];
  }
  if (ground.length > 0) return [];
  return [section(["expiring", "expired"].includes(verb) ? "✅ Nothing." : "❔ No certificate is known of it.")];
}

function unknownBlocks(unknown: UnknownEndpoint[], page: number, now: number): Block[] {
  if (unknown.length === 0) return [];
  const told = (pagesOf(unknown) === 1 ? unknown : onPage(unknown, page)).map(
    ({ endpoint, serverName, why, since }) =>
      `❔ ${code(endpoint)}${endpoint.includes(serverName) ? "" : ` as ${code(serverName)}`}  ${plain(why)}${since === null ? "" : ` Since ${time(since)}, ${relative(since, now)}.`}`,
  );
  const title = `*Unknown: ${count(unknown.length, "endpoint")}*`;
  return [
    divider,
    section(told.length === 0 ? `${title}, on the pages before` : `${title}\n${lines(told, rowsPerPage)}`),
  ];
}

function groundBlocks(ground: GroundRow[], verb: string, now: number): Block[] {
  if (ground.length === 0) return [];
  const told = ground.map((item) => {
    const more = ["show", "serial"].includes(verb) ? `\n${groundDetails(item)}` : "";
    return `${groundLine(item, now)}${more}`;
  });
  return [divider, section(`*What certops stands on*\n${lines(told, 10)}`)];
}

/** `now`: null where it stands for long, and is not to say how long there is left. */
export function groundLine(
  { name, notAfter, problem, remainingMs, remainingShare }: GroundRow,
  now: number | null,
): string {
  if (problem !== null) return `❔ ${plain(name)}  ${plain(problem)}`;
  if (notAfter === null || remainingMs === null) return `✅ ${plain(name)}  no end`;
  const mark = remainingMs <= 0 ? "⛔" : (remainingShare ?? 0) < fewShare ? "⏳" : "✅";
  return `${mark} ${plain(name)}  ${now === null ? "" : `*${relative(notAfter, now)}* · `}${time(notAfter)}`;
}

function groundDetails({ certificate, where }: GroundRow): string {
  const its =
    certificate === null
      ? []
      : [code(certificate.subject), `serial ${code(certificate.serial)}`, `SHA-256 ${code(certificate.fingerprint)}`];
  return [...its, `at ${code(where)}`].join(" · ");
}

const pagesOf = (all: unknown[], size = rowsPerPage) => Math.ceil(all.length / size);

const onPage = <T>(all: T[], page: number, size = rowsPerPage): T[] => all.slice(page * size, (page + 1) * size);

function footer(answer: Answer, page: number, pages: number, now: number): string {
  const looked = answer.asOf ?? answer.ground.map(({ at }) => at).toSorted((a, b) => a - b)[0];
  const age = looked === undefined ? "nothing was looked at yet" : `seen ${relative(looked, now)}`;
  const where = pages === 1 ? "" : ` · page ${page + 1} of ${pages}`;
  const found = answer.rows.length === 0 && answer.ground.length > 0 ? "" : `${counted(answer)} · `;
  return `${found}${age}${where}`;
}

const counted = ({ rows, more }: Answer) =>
  more ? `${rows.length} certificates, and more that nobody watches: ask for less` : count(rows.length, "certificate");

function summary(answer: Answer, rows: Row[], now: number): string {
  const shown = rows.slice(0, 5).map((row) => `${nameOf(row)} ${relative(row.certificate.notAfter, now)}`);
  return [
    `${answer.title}: ${counted(answer)}`,
    ...(answer.unknown.length === 0 ? [] : [`${count(answer.unknown.length, "endpoint")} unknown`]),
    ...(answer.frozen.length === 0 ? [] : ["frozen"]),
    ...shown,
  ].join("; ");
}

export const nameOf = ({ certificate, service }: Row) => plain(certificate.names[0] ?? service ?? certificate.subject);
