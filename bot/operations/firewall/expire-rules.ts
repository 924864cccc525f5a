import type { RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { aboutFirewall } from "../../domain/firewall/firewall-request.ts";
import { openApproved } from "../open-approved.ts";
import { freezeOf } from "../../domain/freeze.ts";
import { servicesIn } from "../../domain/firewall/rule.ts";
import type { Clock } from "../ports.ts";
import type { Freezes, Requests } from "../store-ports.ts";
import { toldRequest } from "../tell-request.ts";
import { failedJustNow } from "./failed-lately.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { approvedBefore } from "./standing-approval.ts";

export interface ExpireRulesNeeds {
  firewall: Pick<Firewall, "policy">;
  requests: Pick<Requests, "open" | "list" | "count" | "move">;
  freezes: Pick<Freezes, "all">;
  clock: Clock;
  newId: () => string;
}

/** More failures in a row make no difference. */
const failuresCounted = 8;

/**
 * Opens the closing of every rule whose end has come: its approval covers that, and no freeze holds it back. Returns the ids
 * of the requests.
 */
export async function expireRules(needs: ExpireRulesNeeds): Promise<string[]> {
  const now = needs.clock();
  const { rules } = await readInForce(needs);
  const due = [...rules.values()].filter(({ until }) => until !== null && until <= now);
  const opened: string[] = [];
  for (const rule of due) {
    const id = await close(needs, rule, now);
    if (id !== null) opened.push(id);
  }
  return opened;
}

async function close(
  needs: ExpireRulesNeeds,
  { id, rule, approvedBy }: RuleInForce,
  now: number,
): Promise<string | null> {
  const before = await needs.requests.list({ kind: "firewall", subject: id, limit: failuresCounted });
  const [last] = before;
  if (last?.state === "approved" || failedJustNow(before, now)) return null;
  if (last?.state === "pending") {
    // Nobody has to decide any more what is due anyway.
    const receipt = aboutFirewall(last).nothingWritten("The rule's end has come before anybody decided it.");
    const told = toldRequest({ request: last, news: "void", actor: "certops", at: now }, { rule: id });
    await needs.requests.move(last.id, ["pending"], { state: "void", receipt }, told);
  }
  const by = approvedBy.at(-1) ?? "certops";
  const freeze = freezeOf(await needs.freezes.all(), servicesIn(rule));
  const frozen = freeze === null ? "" : ` ${freeze.by}'s freeze does not hold it back: an end was promised.`;
  const reason = `Its end has come: the approval of ${id} covers that.${frozen}`;
  const plan = { action: "close", ruleId: id, rule } as const;
  const asked = { id: needs.newId(), plan, requester: "certops", by, reason, now };
  const request = await openApproved(needs, approvedBefore(needs.firewall.policy, asked), { promised: true });
  return request?.id ?? null;
}
