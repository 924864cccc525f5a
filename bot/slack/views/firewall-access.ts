import { tellPacket } from "../../domain/firewall/packets.ts";
import { tellPorts } from "../../domain/firewall/rule.ts";
import type { AccessCheck } from "../../operations/firewall/check-access.ts";
import { context, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { tellDrift } from "./firewall-notices.ts";
import { endName, requestCommand, tellFlow, tellPath, tellSeen } from "./firewall-words.ts";
import { openLine, ruleLine } from "./firewall-rules.ts";
import { code, plain } from "./words.ts";

const titles = {
  open: "may pass",
  partly: "may pass in part",
  closed: "may not pass",
  "same-zone": "does not meet the firewall",
} as const;

const marks = { open: "🔓", partly: "↔️", closed: "🔒", "same-zone": "🏠" } as const;

/** Whether somebody may reach something, by what, and what comes of a connection now. */
export function accessView(check: AccessCheck, now: number): Message {
  const { asked, verdict, by, through, stopped, others, open, tried, untried, drifted } = check;
  const flow = tellFlow(asked);
  const rules = (all: typeof by) =>
    lines(
      all.map((rule) => ruleLine(rule, now)),
      15,
    );
  const port = `${asked.protocol}/${tellPorts(asked.ports)}`;
  return message(`${flow} ${titles[verdict]}`, [
    header(`${marks[verdict]} ${flow} ${titles[verdict]}`),
    section(verdictLine(check)),
    drifted === null ? null : section(`🚨 *The router is not as it was approved.* ${tellDrift(drifted)}`),
    by.length === 0 ? null : section(`*By*\n${rules(by)}`),
    verdict === "partly" && through !== null && stopped !== null
      ? section(`Passes: ${code(tellPacket(through))}\nIs dropped: ${code(tellPacket(stopped))}`)
      : null,
    tried.length === 0
      ? section(`*Just now*  not tried: ${plain(untried ?? "nobody could")}`)
      : section(
          `*Just now*\n${lines(
            tried.map(
              ({ seen, ...path }) =>
                `• from ${tellPath(path)}: *${tellSeen(seen)}*${contradiction(verdict, seen.outcome)}`,
            ),
            6,
          )}`,
        ),
    open.length === 0 ? null : section(lines(open.map(openLine), 5)),
    others.length === 0
      ? null
      : section(`*Who else may reach ${plain(endName(asked.to))} on ${port}*\n${rules(others)}`),
    stopped === null ? null : context(openingLine(check)),
  ]);
}

const openingLine = ({ asked, objection }: AccessCheck): string =>
  objection === null
    ? `To open it: ${code(requestCommand(asked))}`
    : `It cannot be asked for as it is: ${plain(objection)}`;

function verdictLine({ verdict, asked }: AccessCheck): string {
  switch (verdict) {
    case "open":
      return "A rule in force lets all of it through.";
    case "partly":
      return "Rules in force let some of it through, and some not.";
    case "closed":
      return "No rule in force lets it through, so every packet is dropped.";
    case "same-zone":
      return `Both lie in one zone: ${plain(endName(asked.from))} reaches ${plain(endName(asked.to))} without passing the firewall.`;
  }
}

/** Where what is approved and what packets do differ. */
function contradiction(verdict: AccessCheck["verdict"], seen: string): string {
  if (verdict === "open" && seen === "silent")
    return " ⚠️ though a rule lets it through: see whether the router holds it.";
  if (verdict === "closed" && (seen === "open" || seen === "refused")) return " 🚨 though no rule lets it through.";
  return "";
}
