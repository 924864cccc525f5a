import { tellPacket } from "../../domain/firewall/packets.ts";
import {
  type FirewallEvidence,
  type FirewallPlan,
  type FirewallRequest,
  type PlanTo,
} from "../../domain/firewall/firewall-request.ts";
import type { Risk } from "../../domain/firewall/risk.ts";
import { servicesIn, tellPorts } from "../../domain/firewall/rule.ts";
import { context, divider, fields, section } from "./blocks.ts";
import type { Block } from "./blocks.ts";
import { askAgain, askedBy, decidedBy, denied, type Drawn, expired, moved, problemOf, withdrawn } from "./decision.ts";
import { firewallReceiptBlocks, proofInShort } from "./firewall-receipt.ts";
import { endField, endName, endsAt, inTurn, tellFlow, tellPath, tellSeen } from "./firewall-words.ts";
import { terraformPlan } from "./terraform-plan.ts";
import { code, list, person, plain, time } from "./words.ts";

/** A change of the firewall: what it would let through, the plan and the port as it is before the click; the packets after it. */
export function drawFirewall(request: FirewallRequest): Drawn {
  const { plan, evidence, receipt } = request;
  return {
    ...looks(request),
    proposal: [
      divider,
      ...planBlocks(plan),
      ...unprovenBlocks(plan),
      ...evidenceBlocks(evidence),
      ...coveredBlocks(plan),
    ],
    inShort: inShort(plan),
    receipt: receipt === null ? [] : firewallReceiptBlocks(plan, receipt),
  };
}

/** What the change is called, in the words of its states. */
interface Called {
  question: string;
  doing: string;
  done: string;
  /** What is so when it is not done. */
  unchanged: string;
  /** Goes on after who asks. */
  asks: string;
}

function called(plan: FirewallPlan): Called {
  switch (plan.action) {
    case "open": {
      const { rule, until } = plan;
      const flow = tellFlow(rule);
      const reach = `*${plain(endName(rule.from))}* may reach *${plain(endName(rule.to))}* on *${rule.protocol}/${tellPorts(rule.ports)}*`;
      return {
        question: `🧱 Open ${flow}?`,
        doing: `Opening ${flow}`,
        done: `🔓 ${flow} is open`,
        unchanged: `${flow} stays closed`,
        asks: `asks that ${reach}, ${until === null ? "*for good*" : `until ${time(until)}`}`,
      };
    }
    case "close": {
      const flow = tellFlow(plan.rule);
      return {
        question: `🧱 Close ${flow}?`,
        doing: `Closing ${flow}`,
        done: `🔒 ${flow} is closed`,
        unchanged: `${flow} stays open`,
        asks: `asks to close rule ${code(plan.ruleId)}: *${plain(flow)}*, with every connection that uses it`,
      };
    }
    case "extend": {
      const flow = tellFlow(plan.rule);
      return {
        question: `🧱 Keep ${flow} open?`,
        doing: `Extending ${flow}`,
        done: `🔓 ${flow} stays open`,
        unchanged: `${flow} ends as agreed`,
        asks: `asks that rule ${code(plan.ruleId)}, *${plain(flow)}*, stay open ${plan.until === null ? "*for good*" : `until ${time(plan.until)}`}`,
      };
    }
    case "follow":
      return {
        question: `🧱 Follow ${plan.service}?`,
        doing: `Following ${plan.service}`,
        done: `🧭 The rules follow ${plan.service}`,
        unchanged: `The rules of ${plan.service} stay as they were`,
        asks: `saw the instances of *${plain(plan.service)}* move inside their zone: the approval of its rules goes with them`,
      };
    case "restore":
      return {
        question: "🧱 Apply the approved rules again?",
        doing: "Applying the approved rules again",
        done: "🧱 The approved rules are in force again",
        unchanged: "The router stays as it is",
        asks: "asks that the approved rules be applied once more, for the router no longer enforces them",
      };
  }
}

function looks(request: FirewallRequest): { title: string; said: string } {
  const { plan, state, receipt } = request;
  const words = called(plan);
  const [asked, decided, problem] = [askedBy(request), decidedBy(request), problemOf(request)];
  const who = plan.action === "follow" ? "certops" : person(request.requester);
  switch (state) {
    case "pending":
      return { title: words.question, said: `${who} ${words.asks}\n>${plain(request.reason)}` };
    case "approved":
      return { title: `⏳ ${words.doing}`, said: `Approved ${decided}\n${asked}\n${underWay(request)}` };
    case "denied":
      return { title: `✋ ${words.unchanged}`, said: denied(request) };
    case "withdrawn":
      return { title: `↩️ ${words.unchanged}`, said: withdrawn(request) };
    case "expired":
      return { title: `⌛ ${words.unchanged}`, said: expired(request) };
    case "applied":
      if (receipt?.problem) {
        return {
          title: `🚨 ${words.doing}: applied, and not as it has to be`,
          said: `CTS applied it, and something does not fit.${problem}\nSee what passes: ${code("/firewall list")}.\nApproved ${decided}\n${asked}`,
        };
      }
      return {
        title: receipt?.unproven === undefined ? words.done : `${words.done.replace("🔓", "⚠️")}, unproven`,
        said: `${receipt === null ? "" : `${proofInShort(plan, receipt)}\n`}Approved ${decided}\n${asked}`,
      };
    case "rolled-back":
      return {
        title: `↩️ ${words.unchanged}: rolled back`,
        said: `It was applied, and the packets did not show it.${problem}\nThe rules from before are in force again.\nApproved ${decided}\n${asked}`,
      };
    case "failed":
      return {
        title: `❌ ${words.doing} failed`,
        said: `It did not come to its end.${problem}\nApproved ${decided}\n${asked}\n${askAgain(request)}`,
      };
    case "void":
      // The rule that it was about may have ended meanwhile.
      return {
        title: `🚫 ${"ruleId" in plan ? words.doing : words.unchanged}: void`,
        said: moved(request, "It no longer is what was"),
      };
  }
}

function underWay({ plan, decidedAt }: FirewallRequest): string {
  if (plan.action === "open" && plan.startsAt !== null && plan.startsAt > (decidedAt ?? 0)) {
    return `It begins ${time(plan.startsAt)}; until then nothing is changed.`;
  }
  if (plan.action === "extend") return "Noting the later end.";
  return "Consul-Terraform-Sync applies exactly this change; then packets have to show it.";
}

function planBlocks(plan: FirewallPlan): Block[] {
  switch (plan.action) {
    case "open":
      return [fields(openFields(plan))];
    case "close":
      return [fields([...ruleFields(plan), ["Afterwards", "closed, also for connections that are open now"]])];
    case "extend":
      return [fields([...ruleFields(plan), ["Ends now", endsAt(plan.before)], ["Would end", endsAt(plan.until)]])];
    case "follow":
      return [
        fields([
          ["Before", list(plan.before, 8)],
          ["After", list(plan.after, 8)],
        ]),
      ];
    case "restore":
      return [fields([["Rules", list(plan.rules, 10)]])];
  }
}

function openFields({ rule, owner, ticket, startsAt, until, addresses }: PlanTo<"open">): [string, string][] {
  return [
    ["From", endField(rule.from, addresses)],
    ["To", endField(rule.to, addresses)],
    ["Port", code(`${rule.protocol}/${tellPorts(rule.ports)}`)],
    ["Owner", person(owner)],
    ["Begins", startsAt === null ? "once it is approved" : time(startsAt)],
    ["Ends", endsAt(until)],
    ...(ticket === null ? [] : [["Ticket", code(ticket)] as [string, string]]),
  ];
}

/** What nobody will be able to see, said before anybody approves it. */
function unprovenBlocks(plan: FirewallPlan): Block[] {
  if (plan.action !== "open" || plan.unproven === undefined) return [];
  const said = `⚠️ *No packet will show that it is open.* ${plain(plan.unproven)}\nWho approves it approves that it stays open nevertheless, told as unproven.`;
  return [section(said)];
}

function ruleFields({ ruleId, rule }: PlanTo<"close"> | PlanTo<"extend">): [string, string][] {
  return [
    ["Rule", code(ruleId)],
    ["Lets through", plain(tellFlow(rule))],
  ];
}

/** What nobody is asked for again. */
function coveredBlocks(plan: FirewallPlan): Block[] {
  if (plan.action !== "open") return [];
  const covered = [
    ...(plan.until === null ? [] : ["that it closes at its end"]),
    plan.unproven === undefined
      ? "that it is taken back should packets not show it"
      : "that it is taken back should packets show otherwise",
    ...(servicesIn(plan.rule).length === 0 ? [] : ["that it follows its services inside their zones"]),
  ];
  return [context(`Approving it covers as well ${inTurn(covered)}.`)];
}

function evidenceBlocks({ terraform, probe, problem, risk, overlap }: FirewallEvidence): Block[] {
  return [
    risk ? section(riskLines(risk)) : null,
    overlap
      ? section(
          `↔️ *Some of it goes through already*, by ${list(overlap.by, 5)}: ${code(tellPacket(overlap.packet))}. The rest is new.`,
        )
      : null,
    probe === null ? null : section(`*The port just now*  from ${tellPath(probe)}: ${tellSeen(probe.seen)}`),
    terraform === null ? null : section(`*What Terraform would change*\n${terraformPlan(terraform)}`),
    problem === null ? null : section(`❔ ${plain(problem)}`),
  ].filter((block) => block !== null);
}

const lights = { low: "🟢", medium: "🟡", high: "🔴" } as const;

function riskLines({ level, words }: Risk): string {
  return [`*Risk: ${lights[level]} ${level}*`, ...words.map((one) => `• ${plain(one)}`)].join("\n");
}

function inShort(plan: FirewallPlan): string {
  switch (plan.action) {
    case "open":
      return `${code(tellFlow(plan.rule))} · ends ${endsAt(plan.until)} · owner ${person(plan.owner)}${plan.ticket === null ? "" : ` · ${code(plan.ticket)}`}`;
    case "close":
      return `${code(plan.ruleId)} · ${code(tellFlow(plan.rule))}`;
    case "extend":
      return `${code(plan.ruleId)} · ${code(tellFlow(plan.rule))} · ends ${endsAt(plan.before)} → ${endsAt(plan.until)}`;
    case "follow":
      return `${code(plan.service)} · ${list(plan.before, 4) || "nowhere"} → ${list(plan.after, 4) || "nowhere"}`;
    case "restore":
      return `rules ${list(plan.rules, 5) || "none"}`;
  }
}
