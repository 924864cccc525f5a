import { decidersOf } from "./domain/asked.ts";
import { tellDuration } from "./domain/duration.ts";
import { tellPacket } from "./domain/firewall/packets.ts";
import type { PacketSeen } from "./domain/firewall/packet.ts";
import { firewallSubject, type FirewallRequest } from "./domain/firewall/firewall-request.ts";
import type { Drifted, Gap } from "./domain/firewall/router-state.ts";
import type { RuleInForce } from "./domain/firewall/rules-in-force.ts";
import { tellRule } from "./domain/firewall/rule.ts";
import { about as tell } from "./domain/request.ts";
import type { AccessCheck } from "./operations/firewall/check-access.ts";
import type { Hidden } from "./operations/firewall/find-hidden.ts";
import type { RuleList } from "./operations/firewall/list-rules.ts";
import type { RuleHistory } from "./operations/firewall/rule-history.ts";
import { type RuleShown, tellAbsent } from "./operations/firewall/show-rule.ts";
import type { Paint } from "./terminal.ts";

/** What the firewall lets through, for a terminal. */
export function ruleListText({ about, rules, open }: RuleList, now: number, paint: Paint): string {
  return [
    ...(rules.length === 0
      ? [about === "" ? "nothing passes: every connection from one zone to another is dropped" : `no rule for ${about}`]
      : []),
    ...ruleLines(rules, now, paint),
    ...openLines(open, paint),
  ].join("\n");
}

/** Everything known of one rule, for a terminal. */
export function ruleText(
  { request, inForce, history, counter, enforced }: RuleShown,
  now: number,
  paint: Paint,
): string {
  const { plan } = request;
  const id = "ruleId" in plan ? plan.ruleId : request.id;
  return [
    `${paint("bold", id)}  ${"rule" in plan ? tellRule(plan.rule) : firewallSubject(plan)}`,
    inForce === null
      ? paint("yellow", `  ${tellAbsent(request)}`)
      : `  ${paint("green", "in force")}, ends ${ends(inForce.until, now)}`,
    ...(inForce === null
      ? []
      : [
          `  owner ${inForce.owner}, ticket ${inForce.ticket ?? "none"}, asked by ${inForce.requester}, approved by ${inForce.approvedBy.join(", ")}`,
          `  the router ${enforced === null ? "was not asked" : enforced ? `holds it, ${counter?.packets ?? 0} packets let through` : "does not hold it"}`,
        ]),
    ...history.map((one) => `  ${historyLine(one, paint)}`),
  ].join("\n");
}

/** Who asked for what and what came of it, for a terminal. */
export function ruleHistoryText({ about, requests }: RuleHistory, paint: Paint): string {
  return [
    paint("bold", about === null ? "what happened to the firewall" : `what happened to ${about}`),
    ...(requests.length === 0 ? ["nothing yet"] : []),
    ...requests.map((request) => historyLine(request, paint)),
  ].join("\n");
}

/** Whether somebody may reach something, for a terminal. */
export function accessText(check: AccessCheck, now: number, paint: Paint): string {
  const { asked, verdict, by, through, stopped, objection, others, open, tried, untried, drifted } = check;
  return [
    `${paint("bold", tellRule(asked))}  ${paint(verdict === "closed" ? "red" : verdict === "partly" ? "yellow" : "green", verdicts[verdict])}`,
    ...(drifted === null ? [] : [paint("red", `  the router is not as it was approved: ${tellDrift(drifted)}`)]),
    ...ruleLines(by, now, paint).map((line) => `  by ${line}`),
    ...(verdict === "partly" && through !== null ? [`  passes:     ${tellPacket(through)}`] : []),
    ...(verdict === "partly" && stopped !== null ? [`  is dropped: ${tellPacket(stopped)}`] : []),
    ...(objection === null ? [] : [`  cannot be asked for as it is: ${objection}`]),
    ...(untried === null ? [] : [paint("dim", `  just now: not tried. ${untried}`)]),
    ...tried.map(
      ({ zone, address, port, seen }) => `  just now, from ${zone} to ${address}:${port}: ${tellSeen(seen)}`,
    ),
    ...openLines(open, paint).map((line) => `  ${line}`),
    ...(others.length === 0 ? [] : ["  who else may reach it there:"]),
    ...ruleLines(others, now, paint).map((line) => `    ${line}`),
  ].join("\n");
}

/** What the firewall keeps the bot from looking at, and what to type for it. */
export function hiddenLines(hidden: Hidden[], paint: Paint): string[] {
  return hidden.flatMap(({ endpoint, host, port, from }) => [
    paint("yellow", `the firewall keeps certops from looking at ${endpoint}`),
    `  certops firewall request ${from} ${host} tcp/${port} 7d <reason>`,
  ]);
}

function tellDrift({ gaps, missing, besides, aside }: Drifted): string {
  const told = [
    ...gaps.map((gap) => gapsTold[gap]),
    ...(missing.length === 0 ? [] : [`it does not hold ${missing.join(", ")}`]),
    ...(besides.length === 0 ? [] : [`it holds ${besides.join(", ")}, which is not approved, or no longer`]),
    ...(aside.length === 0 ? [] : [`beside it ${aside.join("; ")}`]),
  ];
  return told.join("; ") || "something in its table was changed";
}

const gapsTold: Record<Gap, string> = {
  "no-table": "its table is gone, and everything passes",
  "no-drop": "it drops nothing any more, and everything passes",
  accepts: "something lets packets through that is no rule",
};

const verdicts: Record<AccessCheck["verdict"], string> = {
  open: "may pass",
  partly: "may pass in part",
  closed: "may not pass: no rule in force lets it through",
  "same-zone": "stays within a zone: it does not meet the firewall",
};

function ruleLines(rules: RuleInForce[], now: number, paint: Paint): string[] {
  return rules.map(
    ({ id, rule, owner, until }) =>
      `${paint("green", id)}  ${tellRule(rule)}  ${paint("dim", `ends ${ends(until, now)}, owner ${owner}`)}`,
  );
}

function openLines(open: FirewallRequest[], paint: Paint): string[] {
  return open.map((one) =>
    paint(
      "yellow",
      `${one.id} ${one.state === "pending" ? "waits for a decision" : "is at work"}: ${tell(one).asksFor}`,
    ),
  );
}

function historyLine(request: FirewallRequest, paint: Paint): string {
  const { id, state, requester, createdAt, plan } = request;
  const about = "rule" in plan ? tellRule(plan.rule) : firewallSubject(plan);
  const [ended, who] = [
    state === "denied" || state === "withdrawn" ? state : "approved",
    decidersOf(request).join(" and "),
  ];
  const decided = who === "" ? "" : `, ${ended} by ${who}`;
  return `${paint("dim", new Date(createdAt).toISOString())}  ${id}  ${plan.action.padEnd(7)}  ${state.padEnd(11)}  ${about}  ${paint("dim", `asked by ${requester}${decided}`)}`;
}

const ends = (until: number | null, now: number) =>
  until === null ? "never" : `in ${tellDuration(until - now)} (${new Date(until).toISOString()})`;

function tellSeen(seen: PacketSeen): string {
  if (seen.outcome === "unknown") return `not seen, ${seen.why}`;
  const words = { open: "open", refused: "let through, and nothing listens", silent: "closed", counted: "let through" };
  return words[seen.outcome];
}
