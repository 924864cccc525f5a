import type { Answer, Row } from "../../domain/answer.ts";
import type { Request } from "../../domain/request.ts";
import { groundLine, markOf, nameOf } from "./answer.ts";
import { type Block, button, context, divider, header, lines, named, section, sectionBeside } from "./blocks.ts";
import type { HomeRow } from "./home-pages.ts";
import { renewAction } from "./renewal-modal.ts";
import { code, count, list, plain, time } from "./words.ts";

/** A certificate that ends soon, with a way to renew it. `open`: the requests that are not over. */
export function expiringRow(row: Row, open: Request[]): HomeRow {
  const { certificate, places, service, remainingMs } = row;
  const its = open.find((request) => request.kind === "renewal" && request.service === service);
  const owner = places.find((place) => place.owner !== null)?.owner;
  const said = [
    `${markOf(row)} *${nameOf(row)}*  ${remainingMs > 0 ? "ends" : "ended"} *${time(certificate.notAfter)}*`,
    [
      ...(owner ? [plain(owner)] : []),
      ...(places.length === 0
        ? []
        : [
            list(
              places.map(({ endpoint }) => endpoint),
              3,
            ),
          ]),
      ...(its === undefined
        ? []
        : [`${its.state === "pending" ? "asked for in" : "being renewed by"} ${code(its.id)}`]),
    ].join(" · "),
  ];
  const words = said.filter((line) => line !== "").join("\n");
  const renewable = service !== null && its === undefined;
  const shown = renewable
    ? sectionBeside({ ...button("Renew…", renewAction, service), accessibility_label: `Renew ${service}` }, words)
    : section(words);
  return { about: service ?? "", blocks: [named(`ends-${certificate.fingerprint}`, shown)] };
}

/** Only what is known to be well is said to be. */
export function expiringHeading({ title, rows, unknown }: Answer): Block[] {
  if (rows.length > 0) return [header(title)];
  const others = count(unknown.length, "other");
  return [
    header(title),
    section(
      unknown.length > 0 ? `❔ Nothing among the endpoints that could be looked at; ${others} below.` : "✅ Nothing.",
    ),
  ];
}

/** Endpoints of which nothing is known, what certops stands on, and how old all of it is. */
export function besides({ unknown, ground, asOf }: Answer): Block[] {
  const away = unknown.map(
    ({ endpoint, serverName, why, since }) =>
      `❔ ${code(endpoint)}${endpoint.includes(serverName) ? "" : ` as ${code(serverName)}`}  ${plain(why)}${since === null ? "" : ` Since ${time(since)}.`}`,
  );
  const stands = ground.map((item) => groundLine(item, null));
  return [
    ...(away.length === 0 ? [] : [header(`Unknown: ${count(away.length, "endpoint")}`), section(lines(away, 10))]),
    ...(stands.length === 0 ? [] : [header("What certops stands on"), section(lines(stands, 10))]),
    divider,
    named(
      asOfBlock,
      context(
        asOf === null
          ? "Nothing was looked at yet."
          : `As of ${time(asOf)}; redrawn when something changes · \`/cert help\` in any channel`,
      ),
    ),
  ];
}

/** Of the moment, and not of what is shown. */
export const asOfBlock = "as-of";
