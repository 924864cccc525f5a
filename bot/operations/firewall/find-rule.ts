import type { InForce, RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { typedRule } from "../../domain/firewall/rule.ts";
import { nearest } from "../../domain/nearest.ts";
import { refuse, type Refusal } from "../../domain/refusal.ts";
import { quoted } from "../../domain/firewall/wish.ts";
import type { Requests } from "../store-ports.ts";
import { readInForce } from "./in-force.ts";

export interface RuleFound {
  rule: RuleInForce;
  inForce: InForce;
}

/** A rule in force by its id, which is that of the request that opened it. Refused: not-open, unknown-rule. */
export async function findRule(
  needs: { requests: Pick<Requests, "find" | "list" | "count"> },
  named: string,
): Promise<RuleFound | Refusal> {
  const id = named.toLowerCase();
  const inForce = await readInForce(needs);
  const rule = inForce.rules.get(id);
  if (rule !== undefined) return { rule, inForce };
  const request = await needs.requests.find(id);
  if (request?.kind === "firewall") {
    const { plan, state } = request;
    if (plan.action === "open" && state === "applied") {
      return refuse(
        "not-open",
        `${id} was closed.`,
        `Ask for it anew: /firewall request ${typedRule(plan.rule)} <reason>`,
      );
    }
    if ("ruleId" in plan) {
      return refuse(
        "not-open",
        `${id} is no rule, but a request about ${plan.ruleId}.`,
        `The rule: /firewall show ${plan.ruleId}`,
      );
    }
    const waits = request.state === "pending" || request.state === "approved";
    return refuse(
      "not-open",
      `${id} is not open${waits ? " yet" : ""}: its request is ${request.state}.`,
      `See what became of it: /firewall history ${id}`,
    );
  }
  const meant = nearest(id, inForce.rules.keys());
  return refuse(
    "unknown-rule",
    `There is no rule ${quoted(named)}.`,
    meant === null ? "The rules in force: /firewall list" : `Did you mean ${meant}?`,
  );
}
