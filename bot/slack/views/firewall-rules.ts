import { firewallSubject, type FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { mentionedIn, nameBeside } from "../../domain/mention.ts";
import { about as tell } from "../../domain/request.ts";
import type { RuleList } from "../../operations/firewall/list-rules.ts";
import type { RuleHistory } from "../../operations/firewall/rule-history.ts";
import { type RuleShown, tellAbsent } from "../../operations/firewall/show-rule.ts";
import { type Asked, frozenBanner } from "./answer.ts";
import { decidedBy } from "./decision.ts";
import { actions, context, fields, header, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { endField, endsIn, tellFlow } from "./firewall-words.ts";
import { paging } from "./paging.ts";
import { code, count, person, plain, time } from "./words.ts";

const soonMs = 14 * 86_400_000;
const most = 40;

/** In one section, and on one page. */
const inSection = 12;
const onPage = 24;

/** What the firewall lets through, until when, and what may change it: one page of it. */
export function ruleListView(
  { about, rules, open, frozen }: RuleList,
  { args, page, now }: Pick<Asked, "args" | "page" | "now">,
): Message {
  const owner = mentionedIn(about);
  // A title is no place for a mention.
  const whose = owner === null ? about : (nameBeside(about) ?? "one owner");
  const title = whose === "" ? "What the firewall lets through" : `What the firewall lets through of ${whose}`;
  const pages = Math.max(1, Math.ceil(rules.length / onPage));
  const current = Math.min(Math.max(0, page), pages - 1);
  const shown = rules.slice(current * onPage, (current + 1) * onPage).map((rule) => ruleLine(rule, now));
  const where = pages === 1 ? "" : `${count(rules.length, "rule")} · page ${current + 1} of ${pages} · `;
  return message(`${title}: ${count(rules.length, "rule")}`, [
    header(title),
    owner === null ? null : section(`Owned by ${person(owner)}`),
    ...frozenBanner(frozen),
    ...(rules.length === 0
      ? [section(`🔒 Nothing.${about === "" ? " Every connection from one zone to another is dropped." : ""}`)]
      : [shown.slice(0, inSection), shown.slice(inSection)].map((some) =>
          some.length === 0 ? null : section(lines(some, inSection)),
        )),
    open.length === 0 ? null : section(lines(open.map(openLine), 10)),
    context(
      `${where}Everything else is dropped. One of them: \`/firewall show <rule>\` · a new one: \`/firewall request\``,
    ),
    actions(paging({ command: "/firewall", args, page: current }, pages)),
  ]);
}

export function ruleLine({ id, rule, owner, until }: RuleInForce, now: number): string {
  const mark = until === null ? "♾️" : until - now < soonMs ? "⏳" : "🔓";
  return `${mark} ${code(id)}  *${plain(tellFlow(rule))}*  ends ${endsIn(until, now)} · ${person(owner)}`;
}

export function openLine(request: FirewallRequest): string {
  const mark = request.state === "pending" ? "🔏" : "🔄";
  const stands = request.state === "pending" ? "waits for a decision" : "is at work";
  return `${mark} ${code(request.id)} ${stands}: it asks for ${plain(tell(request).asksFor)}`;
}

/** Everything known of one rule. */
export function ruleView({ request, inForce, services, history, counter, enforced }: RuleShown, now: number): Message {
  const { plan } = request;
  const rule = "rule" in plan ? plan.rule : null;
  const id = "ruleId" in plan ? plan.ruleId : request.id;
  const title = rule === null ? firewallSubject(plan) : tellFlow(rule);
  const stands = inForce === null ? tellAbsent(request) : `is in force, ends ${endsIn(inForce.until, now)}`;
  return message(`${id}: ${title}, ${inForce === null ? "not in force" : "in force"}`, [
    header(`${inForce === null ? "🔒" : "🔓"} ${title}`),
    section(`${code(id)} ${stands}`),
    inForce === null
      ? null
      : fields([
          ["From", endField(inForce.rule.from, services)],
          ["To", endField(inForce.rule.to, services)],
          ["Owner", person(inForce.owner)],
          ["Ticket", inForce.ticket === null ? "none" : code(inForce.ticket)],
          ["Asked by", person(inForce.requester)],
          ["Approved by", inForce.approvedBy.map(person).join(", ")],
          ["The router", routerSays({ counter, enforced })],
        ]),
    section(`*What happened*\n${lines(history.map(historyLine), 20)}`),
    inForce === null
      ? null
      : context(`Longer: ${code(`/firewall extend ${id} 90d`)} · close it: ${code(`/firewall remove ${id} <reason>`)}`),
  ]);
}

function routerSays({ counter, enforced }: Pick<RuleShown, "counter" | "enforced">): string {
  if (enforced === null) return "❔ was not asked";
  if (!enforced) return "🚨 does not hold it";
  return counter === null ? "holds it" : `${count(counter.packets, "packet")} let through`;
}

/** Who asked for what, who decided, and what came of it; the latest first. */
export function ruleHistoryView({ about, requests }: RuleHistory): Message {
  const title = about === null ? "What happened to the firewall" : `What happened to ${about}`;
  return message(`${title}: ${count(requests.length, "request")}`, [
    header(title),
    section(requests.length === 0 ? "Nothing yet." : lines(requests.map(historyLine), most)),
    context("Of one: `/firewall show <rule>` · step by step: `/cert trace <request>`"),
  ]);
}

const marks: Record<FirewallRequest["state"], string> = {
  pending: "🔏",
  approved: "🔄",
  denied: "✋",
  withdrawn: "↩️",
  expired: "⌛",
  void: "🚫",
  applied: "✅",
  "rolled-back": "↩️",
  failed: "❌",
};

function historyLine(request: FirewallRequest): string {
  const { id, state, requester, decidedBy: last, createdAt, plan } = request;
  const decided =
    last === null ? "" : ` · ${state === "denied" || state === "withdrawn" ? state : "approved"} ${decidedBy(request)}`;
  const mark = request.receipt?.unproven === undefined ? marks[state] : "⚠️";
  return `${mark} ${code(id)}  ${plain(plan.action)} *${plain("rule" in plan ? tellFlow(plan.rule) : firewallSubject(plan))}*  ${state} · asked by ${person(requester)} ${time(createdAt)}${decided}`;
}
