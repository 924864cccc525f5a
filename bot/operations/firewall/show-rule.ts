import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import type { ServiceAddresses } from "../../domain/firewall/rule.ts";
import { quoted } from "../../domain/firewall/wish.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import type { Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall, RouterState } from "./ports.ts";
import { ruleHistory } from "./rule-history.ts";

/** Everything known of one rule, or of a request that opened none. */
export interface RuleShown {
  request: FirewallRequest;
  /** null: it is not in force. */
  inForce: RuleInForce | null;
  /** Of the services that rules name, as approved. */
  services: ServiceAddresses;
  /** The requests about it, the latest first. */
  history: FirewallRequest[];
  /** What the router counted by it; null: it was not asked, or does not say. */
  counter: RouterState["counters"][string] | null;
  /** Whether the router holds it; null: it was not asked, or does not answer. */
  enforced: boolean | null;
}

/** Refused: not-found. */
export async function showRule(
  {
    requests,
    firewall: { router },
  }: { requests: Pick<Requests, "find" | "list" | "count">; firewall: Pick<Firewall, "router"> },
  named: string,
): Promise<RuleShown | Refusal> {
  const request = await requests.find(named.toLowerCase());
  if (request?.kind !== "firewall") {
    return refuse("not-found", `There is no rule ${quoted(named)}.`, "The rules in force: /firewall list");
  }
  const id = "ruleId" in request.plan ? request.plan.ruleId : request.id;
  const [{ rules, services }, history, state] = await Promise.all([
    readInForce({ requests }),
    ruleHistory({ requests }, id),
    // A router that does not answer leaves the rest to be told.
    router?.ruleset().catch(() => null) ?? null,
  ]);
  return {
    request,
    inForce: rules.get(id) ?? null,
    services,
    history: isRefusal(history) ? [request] : history.requests,
    counter: state?.counters[id] ?? null,
    enforced: state && state.rules.includes(id),
  };
}

/** What is so of a rule that is not in force, after its id. */
export function tellAbsent({ plan, state }: FirewallRequest): string {
  switch (plan.action) {
    case "open":
      return state === "applied" ? "was closed" : `is not in force: its request is ${state}`;
    case "close":
    case "extend":
      return "was closed";
    case "follow":
    case "restore":
      return `opens no rule: it is ${state}`;
  }
}
