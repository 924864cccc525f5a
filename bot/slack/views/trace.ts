import type { Trace } from "../../domain/trace.ts";
import { frozenBanner } from "./answer.ts";
import { context, divider, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { count, mentioned, plain, precisely, shortSerial, time } from "./words.ts";

const longSerial = /\b(?:[0-9a-f]{2}:){7,}[0-9a-f]{2}\b/g;
const rowsAtMost = 60;
const rowsPerSection = 12;

/** One renewal from the click to the wire: who told it, and how long after the row before. */
export function traceView({ id, rows, missing, frozen }: Trace): Message {
  const told = rows.slice(0, rowsAtMost).map(({ at, source, text }, index) => {
    const since = index === 0 ? "" : `  +${precisely(at - (rows[index - 1]?.at ?? at))}`;
    return `${time(at)}${since}  *${plain(source)}*  ${mentioned(text).replaceAll(longSerial, shortSerial)}`;
  });
  return message(`Trace of ${id}: ${count(rows.length, "row")}, ${count(missing.length, "source")} missing`, [
    header(`Trace of ${id}`),
    ...frozenBanner(frozen),
    ...(rows.length === 0 ? [section("No source has told anything yet.")] : []),
    ...Array.from({ length: Math.ceil(told.length / rowsPerSection) }, (_, part) =>
      section(lines(told.slice(part * rowsPerSection, (part + 1) * rowsPerSection), rowsPerSection)),
    ),
    rows.length > rowsAtMost
      ? context(`…and ${rows.length - rowsAtMost} more rows: \`certops trace ${plain(id)}\` in a terminal`)
      : null,
    ...(missing.length === 0
      ? []
      : [
          divider,
          section(
            `*Missing*\n${lines(
              missing.map(({ source, why }) => `❔ *${plain(source)}*  ${plain(why)}`),
              10,
            )}`,
          ),
        ]),
  ]);
}
