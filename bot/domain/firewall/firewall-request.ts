import type { About, Asked, Step } from "../asked.ts";
import type { Overlap } from "./overlap.ts";
import type { PacketCheck, PacketPath, PacketSeen } from "./packet.ts";
import type { Aside } from "./router-state.ts";
import type { Risk } from "./risk.ts";
import { type FirewallRule, servicesIn, type ServiceAddresses, tellRule, typedRule } from "./rule.ts";

/** What one request changes. Times are epoch milliseconds; `until` null: without end. */
export type FirewallPlan =
  | {
      action: "open";
      rule: FirewallRule;
      owner: string;
      ticket: string | null;
      /** null: as soon as it is approved. */
      startsAt: number | null;
      until: number | null;
      /** Of the services that the rule names, sorted. */
      addresses: ServiceAddresses;
      /** Why no packet will be able to show it: who approves it approves that it stays open nevertheless. */
      unproven?: string;
    }
  | { action: "close"; ruleId: string; rule: FirewallRule }
  | { action: "extend"; ruleId: string; rule: FirewallRule; before: number | null; until: number | null }
  /** A service with rules in force has moved inside its zone: the approval of its rules stands. */
  | { action: "follow"; service: string; before: string[]; after: string[] }
  /** The rules that are approved anyway are applied once more, after something else changed them. */
  | { action: "restore"; rules: string[] };

export type FirewallAction = FirewallPlan["action"];
export type PlanTo<A extends FirewallAction> = Extract<FirewallPlan, { action: A }>;

/** How things stood when it was asked for. */
export interface FirewallEvidence {
  /** What Terraform says it would change; null: it was not asked, and `problem` says why or nothing is to be applied. */
  terraform: string | null;
  /** From the rule's source, where a prober is; null: nobody could try. */
  probe: (PacketPath & { seen: PacketSeen }) | null;
  /** One sentence where something could not be learnt. */
  problem: string | null;
  /** What opening it, or leaving it open, means; not of what closes or repeats. */
  risk?: Risk;
  /** What of it went through already; null: nothing. Of what opens. */
  overlap?: Overlap | null;
}

/**
 * The id of an `open` is its rule's id as well. `applied`: and, for what opens, seen on the wire, or approved with the
 * receipt's `unproven`. `rolled-back`: applied, not seen, taken back. `failed`: what was there before stands, or the receipt's problem says what else.
 */
export type FirewallRequest = Asked<
  "firewall",
  FirewallPlan,
  FirewallEvidence,
  FirewallReceipt,
  "applied" | "rolled-back" | "failed"
>;

/** What happened, as the bot itself saw it. */
export interface FirewallReceipt {
  steps: Step[];
  /** What was tried, before and after. */
  checks: PacketCheck[];
  /** A flow that was held open while its rule was closed; `ended` null: that could not be seen. null: none was held. */
  held: (PacketPath & { ended: boolean | null; how: string }) | null;
  /** Why no packet showed that it is open, where it was approved so; not there: packets did, or nothing was opened. */
  unproven?: string;
  /** Packets that the rule's counter had counted, before and after the probe; null: it was not read. */
  counter: { before: number; after: number } | null;
  /** The digest of the router's ruleset when it ended well; null: it was not read. */
  ruleset: string | null;
  /** What other tables of the router did then; not there: it was not read. */
  aside?: Aside[];
  /** Of the seal in Consul that this request wrote last; null: none. */
  revision: number | null;
  /** Services whose instances were elsewhere: their rules stand in Consul by the addresses that were approved. */
  pinned?: string[];
  notes: string[];
  /** One sentence when it did not end well. */
  problem: string | null;
}

export const newFirewallReceipt: FirewallReceipt = {
  steps: [],
  checks: [],
  held: null,
  counter: null,
  ruleset: null,
  revision: null,
  notes: [],
  problem: null,
};

/** What it is about: of each one is open at a time. Two different rules may be on their way at once. */
export function firewallSubject(plan: FirewallPlan): string {
  switch (plan.action) {
    case "open":
      return tellRule(plan.rule);
    case "close":
      return plan.ruleId;
    case "extend":
      // Its closing does not wait for whoever decides this one.
      return `end of ${plan.ruleId}`;
    case "follow":
      return `addresses of ${plan.service}`;
    case "restore":
      return "the router's rules";
  }
}

export function aboutFirewall({ plan }: Pick<FirewallRequest, "plan">): About<FirewallReceipt> {
  return {
    subject: firewallSubject(plan),
    services: "rule" in plan ? servicesIn(plan.rule) : plan.action === "follow" ? [plan.service] : [],
    detail: { action: plan.action, subject: firewallSubject(plan) },
    asksFor: tellFirewallPlan(plan),
    does: tellFirewallWork(plan),
    askAgain: askFirewallAgain(plan),
    ...("ruleId" in plan && { howItStands: `/firewall show ${plan.ruleId}` }),
    tells,
    nothingWritten: (problem) => ({ ...newFirewallReceipt, problem }),
  };
}

const tells: About<FirewallReceipt>["tells"] = {
  "job.started": () => "began",
  "job.written": ({ revision }) => `written to Consul under seal ${String(revision)}`,
  "job.planned": () => "CTS plans exactly what was approved",
  "job.in-force": () => "applied by CTS, whose task is disabled again",
  "job.taking-back": ({ why }) => `taken back: ${String(why)}`,
  "request.applied": () => "applied",
  "firewall.ending": ({ owner }) => `its end is near: ${String(owner)} was asked whether it is still needed`,
  "firewall.let-go": () => "its owner lets it go",
  "request.rolled-back": () => "taken back: the rules from before are in force",
};

/** "opens tcp from …": what its work does. */
function tellFirewallWork(plan: FirewallPlan): string {
  switch (plan.action) {
    case "open":
      return `opens ${tellRule(plan.rule)}`;
    case "close":
      return `closes ${tellRule(plan.rule)} (${plan.ruleId})`;
    case "extend":
      return `extends ${tellRule(plan.rule)} (${plan.ruleId})`;
    case "follow":
      return `has the rules of ${plan.service} follow it to ${plan.after.join(", ") || "nowhere"}`;
    case "restore":
      return "applies the approved rules once more";
  }
}

/** Ends "it asks for …" and "the approval of …". */
function tellFirewallPlan(plan: FirewallPlan): string {
  switch (plan.action) {
    case "open":
      return `${tellRule(plan.rule)} to be opened`;
    case "close":
      return `${tellRule(plan.rule)} (${plan.ruleId}) to be closed`;
    case "extend":
      return `${tellRule(plan.rule)} (${plan.ruleId}) to stay open ${plan.until === null ? "without end" : "longer"}`;
    case "follow":
      return `the rules of ${plan.service} to follow it to ${plan.after.join(", ") || "nowhere"}`;
    case "restore":
      return "the approved rules to be applied once more";
  }
}

/** What is typed to ask for the same once more. */
function askFirewallAgain(plan: FirewallPlan): string {
  switch (plan.action) {
    case "open":
      return `/firewall request ${typedRule(plan.rule)}`;
    case "close":
      return `/firewall remove ${plan.ruleId}`;
    case "extend":
      return `/firewall extend ${plan.ruleId}`;
    case "follow":
    case "restore":
      return "/firewall list";
  }
}
