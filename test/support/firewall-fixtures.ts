import { byRole } from "../../bot/domain/approval-policy.ts";
import { hashOf } from "../../bot/domain/canonical.ts";
import {
  type FirewallPlan,
  type FirewallRequest,
  newFirewallReceipt,
} from "../../bot/domain/firewall/firewall-request.ts";
import type { FirewallPolicy } from "../../bot/domain/firewall/policy.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import type { WishFields } from "../../bot/domain/firewall/wish.ts";
import { t0, untouched } from "./renewal-fixtures.ts";

export const dayMs = 86_400_000;

/** The lab's zones, and a policy that forbids something. */
export function aFirewallPolicy(changes: Partial<FirewallPolicy> = {}): FirewallPolicy {
  return {
    zones: [
      { name: "management", cidrs: ["10.81.1.0/24"], address: "10.81.1.2", prober: "https://127.0.0.1:9443" },
      { name: "application", cidrs: ["10.81.2.0/24"], address: "10.81.2.2", prober: "https://10.81.100.6:9443" },
      { name: "database", cidrs: ["10.81.3.0/24"], address: null, prober: null },
      {
        name: "outside",
        untrusted: true,
        cidrs: ["10.81.4.0/24"],
        address: "10.81.4.2",
        prober: "https://10.81.100.14:9443",
      },
    ],
    forbiddenPorts: [
      { first: 23, last: 23 },
      { first: 3389, last: 3390 },
    ],
    apart: [["outside", "database"]],
    largestRange: 16,
    valid: 90 * dayMs,
    longest: 365 * dayMs,
    unproven: false,
    self: "10.81.1.2",
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    ...changes,
  };
}

/** Where the services' instances are. */
export const addresses = { "service-a": ["10.81.2.2"], "service-b": ["10.81.3.2"] };

export function aRule(changes: Partial<FirewallRule> = {}): FirewallRule {
  return {
    from: { service: "service-a" },
    to: { service: "service-b" },
    protocol: "tcp",
    ports: { first: 8443, last: 8443 },
    ...changes,
  };
}

export const someFields = (changes: Partial<WishFields> = {}): WishFields => ({
  from: "service-a",
  to: "service-b",
  ports: "tcp/8443",
  valid: "",
  start: "",
  owner: "",
  ticket: "",
  reason: "the nightly export",
  ...changes,
});

export const toOpen = (changes: Partial<Extract<FirewallPlan, { action: "open" }>> = {}): FirewallPlan => ({
  action: "open",
  rule: aRule(),
  owner: "U0ANA",
  ticket: null,
  startsAt: null,
  until: t0 + 90 * dayMs,
  addresses,
  ...changes,
});

export function aFirewallRequest(changes: Partial<FirewallRequest> = {}): FirewallRequest {
  const plan = changes.plan ?? toOpen();
  return {
    kind: "firewall",
    id: "f-abcd2345",
    requester: "U0ANA",
    reason: "the nightly export",
    plan,
    planHash: hashOf(plan),
    evidence: { terraform: null, probe: null, problem: null },
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    createdAt: t0,
    expiresAt: t0 + 3_600_000,
    ...untouched(),
    ...changes,
  };
}

/** One that was opened and stands. */
export function anAppliedRule(id: string, rule: FirewallRule = aRule(), until: number | null = t0 + 90 * dayMs) {
  return aFirewallRequest({
    id,
    plan: toOpen({ rule, until }),
    state: "applied",
    decidedBy: "U0BEN",
    decidedAt: t0,
    approvals: [{ user: "U0BEN", at: t0 }],
    receipt: { ...newFirewallReceipt, revision: 1 },
  });
}
