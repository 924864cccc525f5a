import { type ChainReport, tellHead } from "./domain/audit-chain.ts";
import { utc } from "./domain/utc.ts";
import type { Paint } from "./terminal.ts";

/** What `certops audit verify` found. `asked`: how many heads and exported rows it was held against. */
export function auditText(report: ChainReport, asked: number, paint: Paint): string {
  const { rows, findings, more, firstAt, lastAt } = report;
  const span = firstAt === null || lastAt === null ? "" : `, ${utc(firstAt)} to ${utc(lastAt)}`;
  const size = `${rows} ${rows === 1 ? "row" : "rows"}${span}`;
  const verdict =
    findings.length === 0
      ? `${paint("green", "The audit log holds")}: ${size}.`
      : `${paint("red", "The audit log was changed")}: ${size}.`;
  return [
    verdict,
    ...findings.map(({ problem }) => `  ${problem}`),
    ...(more === 0 ? [] : [`  …and ${more} more`]),
    ...(report.head === null ? [] : [`${paint("dim", "head")} ${tellHead(report.head)}`]),
    heldAgainst(report, asked),
  ].join("\n");
}

function heldAgainst({ findings, borneOut }: ChainReport, asked: number): string {
  if (asked > 0) return `It bears out ${borneOut} of the ${asked} that it was held against.`;
  return findings.length > 0
    ? "What a head from the channel or an earlier export shows besides: --head <seq>:<hash>, --against <export>"
    : "Whoever may write the store can make a log that holds: hold it against a head from the channel, --head <seq>:<hash>";
}
