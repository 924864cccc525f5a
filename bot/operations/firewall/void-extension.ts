import { aboutFirewall, firewallSubject } from "../../domain/firewall/firewall-request.ts";
import type { PlanTo } from "../../domain/firewall/firewall-request.ts";
import type { Requests } from "../store-ports.ts";
import { toldRequest } from "../tell-request.ts";

/** Nobody has to decide any more whether a rule that is closed now stays open longer. `now`: when it was closed. */
export async function voidExtension(
  requests: Pick<Requests, "list" | "move">,
  { ruleId, rule }: PlanTo<"close">,
  now: number,
): Promise<void> {
  const subject = firewallSubject({ action: "extend", ruleId, rule, before: null, until: null });
  const waiting = await requests.list({ kind: "firewall", subject, states: ["pending"] });
  for (const request of waiting) {
    const receipt = aboutFirewall(request).nothingWritten(`${ruleId} was closed before anybody decided it.`);
    const told = toldRequest({ request, news: "void", actor: "certops", at: now }, { rule: ruleId });
    await requests.move(request.id, ["pending"], { state: "void", receipt }, told);
  }
}
