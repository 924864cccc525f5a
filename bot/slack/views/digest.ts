import type { Digest, DigestLine } from "../../domain/digest.ts";
import { frozenBanner } from "./answer.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { code, count, list, plain, time } from "./words.ts";

const linesAtMost = 15;

/** The daily message: what has ended, what ends soon, what is ill, what is unknown. Said also when all is well. */
export function digestView(digest: Digest): Message {
  const { expired, expiring, failing, unknown, ground, frozen, at, within } = digest;
  const summary = [
    `${count(expired.length, "certificate")} expired`,
    `${expiring.length} expiring ${within}`,
    ...(failing.length === 0 ? [] : [`${failing.length} failing`]),
    ...(unknown.length === 0 ? [] : [`${count(unknown.length, "endpoint")} unknown`]),
  ].join(" · ");
  return message(`Certificates today: ${summary}`, [
    header("Certificates today"),
    section(summary),
    ...frozenBanner(frozen),
    ...part("⛔ Expired", expired.map(line)),
    ...part(`⏳ Expiring ${within}`, expiring.map(line)),
    ...part(
      "❌ Failing",
      failing.map((one) => `${line(one)}: ${plain(one.why)}`),
    ),
    ...part(
      "❔ Unknown",
      unknown.map(({ endpoint, why }) => `${code(endpoint)}  ${plain(why)}`),
    ),
    ...part("What certops stands on", ground.map(groundLine)),
    context(`as of ${time(at)} · \`/cert expiring\` asks again`),
  ]);
}

function part(title: string, told: string[]): Block[] {
  return told.length === 0 ? [] : [section(`*${plain(title)}*\n${lines(told, linesAtMost)}`)];
}

function line({ name, owner, endpoints, notAfter }: DigestLine): string {
  const where = endpoints.length === 0 ? "" : `  ${list(endpoints, 3)}`;
  return `*${plain(name)}*${where}  ${time(notAfter)}${owner === null ? "" : ` · ${plain(owner)}`}`;
}

function groundLine({ name, notAfter, problem }: Digest["ground"][number]): string {
  if (problem !== null) return `❔ ${plain(name)}  ${plain(problem)}`;
  return `${plain(name)}  ${notAfter === null ? "no end" : time(notAfter)}`;
}
