import { isRefusal } from "./domain/refusal.ts";
import { orAway } from "./operations/firewall/away.ts";
import { checkAccess, type CheckAccessNeeds } from "./operations/firewall/check-access.ts";
import { checkWish } from "./operations/firewall/check-wish.ts";
import { findHidden, type Look } from "./operations/firewall/find-hidden.ts";
import type { FirewallDesk } from "./operations/firewall/firewall-command.ts";
import { letGo, type LetGoNeeds } from "./operations/firewall/let-go.ts";
import { listRules } from "./operations/firewall/list-rules.ts";
import type { Firewall } from "./operations/firewall/ports.ts";
import { proposeAccess } from "./operations/firewall/propose-access.ts";
import { proposeExtension } from "./operations/firewall/propose-extension.ts";
import { proposeRemoval } from "./operations/firewall/propose-removal.ts";
import { proposeRule, type ProposeRuleNeeds } from "./operations/firewall/propose-rule.ts";
import { reapplyRules, type ReapplyNeeds } from "./operations/firewall/reapply-rules.ts";
import { ruleHistory } from "./operations/firewall/rule-history.ts";
import { showRule } from "./operations/firewall/show-rule.ts";
import type { AuditLog, Requests } from "./operations/store-ports.ts";

export type FirewallDeskNeeds = ProposeRuleNeeds &
  CheckAccessNeeds &
  LetGoNeeds &
  ReapplyNeeds & {
    requests: Pick<Requests, "open" | "find" | "list" | "count">;
    audit: Pick<AuditLog, "append">;
    firewall: Pick<Firewall, "policy" | "addresses" | "probers" | "router">;
    /** The latest look at each of these endpoints that was looked at. */
    looks(endpoints: string[]): Promise<Look[]>;
  };

/** The operations behind `/firewall` and its buttons. */
export function firewallDesk(needs: FirewallDeskNeeds): FirewallDesk {
  return {
    policy: needs.firewall.policy,
    async objections(fields) {
      const checked = await orAway(checkWish(needs, fields));
      return Array.isArray(checked) || isRefusal(checked) ? checked : [];
    },
    request: (wanted) => proposeRule(needs, wanted),
    remove: (wanted) => proposeRemoval(needs, wanted),
    extend: (wanted) => proposeExtension(needs, wanted),
    access: (wanted) => proposeAccess(needs, wanted),
    list: (about) => listRules(needs, about),
    show: (rule) => showRule(needs, rule),
    history: (about) => ruleHistory(needs, about),
    check: (asked) => checkAccess(needs, asked),
    hidden: async (endpoints) => findHidden(needs, await needs.looks(endpoints)),
    letGo: (wanted) => letGo(needs, wanted),
    reapply: (wanted) => reapplyRules(needs, wanted),
  };
}
