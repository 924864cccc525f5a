import type { Row } from "../../domain/answer.ts";
import { shortened } from "../../domain/serial.ts";
import { utc } from "../../domain/utc.ts";
import type { Block } from "./blocks.ts";
import { section } from "./blocks.ts";
import { dataTable, numberCell, textCell } from "./newest.ts";
import { relative } from "./words.ts";

/** So many fit with all that is told of each. */
export const rowsPerTable = 40;

const dayMs = 86_400_000;

const states: Record<string, string> = {
  "🗄️": "past",
  "⛔": "expired",
  "❌": "failing",
  "🔄": "renewing",
  "⚠️": "old generation",
  "⏳": "ends soon",
  "✅": "well",
};

/** Certificates as one table, which Slack sorts, filters and pages by itself. `mark`: how each one is, as a sign. */
export function answerTable(rows: { row: Row; mark: string }[], now: number): Block[] {
  const { table, left } = dataTable("Certificates, the soonest end first", {
    header: ["Name", "Where", "Owner", "State", "Ends (UTC)", "Left", "Serial"],
    pageSize: 10,
    rows: rows.map(({ row: { certificate, service, places, remainingMs }, mark }) => [
      textCell(certificate.names[0] ?? service ?? certificate.subject, 40),
      textCell(places.map(({ endpoint }) => endpoint).join(", "), 40),
      textCell(places.find(({ owner }) => owner !== null)?.owner ?? "", 20),
      textCell(`${mark} ${states[mark] ?? "unknown"}`, 20),
      numberCell(Math.floor(certificate.notAfter / 1_000), utc(certificate.notAfter)),
      numberCell(Number((remainingMs / dayMs).toFixed(3)), relative(certificate.notAfter, now)),
      textCell(shortened(certificate.serial), 20),
    ]),
  });
  return [table, ...(left === 0 ? [] : [section(`_…and ${left} more that Slack has no room for: ask for less_`)])];
}
