import type { Store } from "../../bot/adapters/store/database.ts";
import { type FirewallPlan, type FirewallRequest, type PlanTo } from "../../bot/domain/firewall/firewall-request.ts";
import type { FirewallPolicy } from "../../bot/domain/firewall/policy.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import * as fixtures from "./firewall-fixtures.ts";
import { approve } from "./renewal-fixtures.ts";

/** The hosts of the tests' network, each in a zone of its own with a prober. */
export const hosts = {
  management: "10.81.1.2",
  application: "10.81.2.2",
  database: "10.81.3.2",
  outside: "10.81.4.2",
} as const;

export function aFirewallPolicy(changes: Partial<FirewallPolicy> = {}): FirewallPolicy {
  const zones = Object.entries(hosts).map(([name, address]) => ({
    name,
    cidrs: [address.replace(/2$/, "0/24")],
    prober: `https://${name}`,
    address,
  }));
  return fixtures.aFirewallPolicy({ zones, forbiddenPorts: [], apart: [], self: hosts.management, ...changes });
}

/** From the application's host to the database's service. */
export function aRule(changes: Partial<FirewallRule> = {}): FirewallRule {
  return {
    from: { cidrs: [`${hosts.application}/32`] },
    to: { service: "database" },
    protocol: "tcp",
    ports: { first: 5432, last: 5432 },
    ...changes,
  };
}

export function anOpening(changes: Partial<PlanTo<"open">> = {}): PlanTo<"open"> {
  return {
    action: "open",
    rule: aRule(),
    owner: "payments",
    ticket: null,
    startsAt: null,
    until: Date.now() + 90 * 86_400_000,
    addresses: { database: [hosts.database] },
    ...changes,
  };
}

let count = 0;

/** A fresh id, as the bot makes them. */
export function newFirewallId(): string {
  const letters = "abcdefghijklmnopqrstuvwxyz234567";
  count += 1;
  const digits = Array.from({ length: 8 }, (_, place) => letters[Math.floor(count / 32 ** (7 - place)) % 32]);
  return `f-${digits.join("")}`;
}

export function aFirewallRequest(plan: FirewallPlan, changes: Partial<FirewallRequest> = {}): FirewallRequest {
  const createdAt = Date.now();
  return fixtures.aFirewallRequest({
    plan,
    id: newFirewallId(),
    reason: "rehearsal",
    createdAt,
    expiresAt: createdAt + 3_600_000,
    ...changes,
  });
}

/** In the store, approved and with its job. */
export async function approved(
  store: Store,
  plan: FirewallPlan,
  changes: Partial<FirewallRequest> = {},
): Promise<string> {
  const request = aFirewallRequest(plan, changes);
  request.approvals.push({ user: "U0BEN", at: request.createdAt });
  await approve(store, request, request.createdAt);
  return request.id;
}

export async function firewallIn(store: Pick<Store, "requests">, id: string): Promise<FirewallRequest> {
  const request = await store.requests.find(id);
  if (request?.kind !== "firewall") throw new Error(`there is no firewall request ${id}`);
  return request;
}
