import type { types } from "@slack/bolt";
import type { Answer, Row } from "../../domain/answer.ts";
import { subjectIdsOf } from "../../domain/expiry-subject.ts";
import type { Request } from "../../domain/request.ts";
import type { Snooze } from "../../domain/snooze.ts";
import { groundLine, markOf, nameOf } from "./answer.ts";
import { type Block, button, context, divider, header, lines, named, section } from "./blocks.ts";
import { snoozeAction, wakeAction } from "./expiry.ts";
import { plainText } from "./form.ts";
import type { HomeRow } from "./home-pages.ts";
import { renewAction } from "./renewal-modal.ts";
import { clipped, code, count, list, person, plain, time } from "./words.ts";

/** So many things Slack puts behind one menu. */
const mostInMenu = 5;
/** Longer words on a button or in a menu it does not take. */
const longestLabel = 75;
/** Longer values it does not take there. */
const longestInMenu = 75;

/** A certificate that ends soon, with what can be done about it. `open`: the requests that are not over. */
export function expiringRow(row: Row, { open, snoozes }: { open: Request[]; snoozes: Snooze[] }): HomeRow {
  const { certificate, places, service, remainingMs } = row;
  const its = open.find((request) => request.kind === "renewal" && request.service === service);
  const subjects = subjectIdsOf(row);
  const asleep = snoozes.filter(({ subject }) => subjects.includes(subject));
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
    ...asleep.slice(0, mostInMenu).map((snooze) => snoozed(snooze, subjects.length > 1)),
  ];
  const renew =
    service !== null && its === undefined
      ? [{ ...button("Renew…", renewAction, service), accessibility_label: labelled(`Renew ${service}`) }]
      : [];
  const awake = subjects.filter((subject) => !asleep.some((snooze) => snooze.subject === subject));
  const elements = [...renew, ...quieting(subjects, awake)];
  const words = said.filter((line) => line !== "").join("\n");
  const { fingerprint } = certificate;
  return {
    about: subjects[0] ?? service ?? "",
    blocks: [
      named(`ends-${fingerprint}`, section(words)),
      ...(elements.length === 0 ? [] : [named(`act-${fingerprint}`, { type: "actions" as const, elements })]),
    ],
  };
}

/** What is snoozed stays in sight, with until when and why. */
const snoozed = ({ subject, by, until, reason }: Snooze, oneOfSeveral: boolean) =>
  `😴 ${oneOfSeveral ? `${code(subject)} snoozed` : "Snoozed"} by ${person(by)} until ${time(until)}: ${plain(reason)}`;

/** A certificate that several endpoints serve is told of by each of them, and snoozed so. */
function quieting(subjects: string[], awake: string[]): (types.Button | types.Overflow)[] {
  const [only, ...others] = subjects;
  if (only === undefined) return [];
  if (others.length === 0) {
    const [label, action] = awake.length === 0 ? ["Wake up", wakeAction] : ["Snooze…", snoozeAction];
    return [{ ...button(label, action, only), accessibility_label: labelled(`${label} ${only}`) }];
  }
  const options = awake
    .filter((subject) => subject.length <= longestInMenu)
    .map((subject) => ({ value: subject, text: plainText(labelled(`Snooze ${subject}…`)) }));
  return options.length === 0
    ? []
    : [{ type: "overflow", action_id: snoozeAction, options: options.slice(0, mostInMenu) }];
}

const labelled = (label: string) => clipped(label, longestLabel);

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
