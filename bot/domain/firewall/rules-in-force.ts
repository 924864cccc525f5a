import type { FirewallRequest } from "./firewall-request.ts";
import { type FirewallRule, servicesIn, type ServiceAddresses } from "./rule.ts";

/** A rule that was approved and applied, and has not been taken back since. */
export interface RuleInForce {
  /** The id of the request that opened it. */
  id: string;
  rule: FirewallRule;
  owner: string;
  ticket: string | null;
  /** null: without end. */
  until: number | null;
  openedAt: number;
  requester: string;
  approvedBy: string[];
  /** Of its services when it was approved: the approval stands for wherever they move in the zones of these. */
  addresses: ServiceAddresses;
}

/** What the firewall has to be: Consul's keys must say the same. */
export interface InForce {
  rules: Map<string, RuleInForce>;
  /** Of the services that these rules name, as approved. */
  services: ServiceAddresses;
  /** The highest that a seal of these requests ever had. */
  revision: number;
}

/**
 * What stands after all these requests, in any order: a seal's revisions are their order, as the gate let them through.
 * Only those that are `applied` change it.
 */
export function rulesInForce(requests: FirewallRequest[]): InForce {
  const state: InForce = { rules: new Map(), services: {}, revision: 0 };
  const ended = requests.toSorted((a, b) => revisionOf(a) - revisionOf(b) || a.createdAt - b.createdAt);
  for (const request of ended) {
    state.revision = Math.max(state.revision, request.receipt?.revision ?? 0);
    if (request.state === "applied") apply(state, request);
  }
  return state;
}

/** One that wrote no key, an extension, changes a rule that stands already. */
const revisionOf = ({ receipt }: FirewallRequest) => receipt?.revision ?? Number.MAX_SAFE_INTEGER;

/** The digest of the router's ruleset after the last run; null: there was none, or it was not read. */
export function rulesetOf(requests: FirewallRequest[]): string | null {
  const runs = requests.filter(({ receipt }) => receipt?.revision !== null && receipt?.revision !== undefined);
  return runs.toSorted((a, b) => revisionOf(a) - revisionOf(b)).at(-1)?.receipt?.ruleset ?? null;
}

/** What stands when this request has been carried out too. */
export function withChange(before: InForce, request: FirewallRequest): InForce {
  const state: InForce = { ...before, rules: new Map(before.rules), services: { ...before.services } };
  apply(state, request);
  return state;
}

function apply(state: InForce, request: FirewallRequest): void {
  const { plan } = request;
  switch (plan.action) {
    case "open":
      state.rules.set(request.id, ruleOf(request, plan));
      Object.assign(state.services, plan.addresses);
      break;
    case "close":
      state.rules.delete(plan.ruleId);
      break;
    case "extend": {
      const rule = state.rules.get(plan.ruleId);
      if (rule) state.rules.set(plan.ruleId, { ...rule, until: plan.until });
      break;
    }
    case "follow":
      state.services[plan.service] = plan.after.toSorted();
      break;
    case "restore":
      break;
  }
  const named = new Set([...state.rules.values()].flatMap(({ rule }) => servicesIn(rule)));
  state.services = Object.fromEntries(Object.entries(state.services).filter(([name]) => named.has(name)));
}

function ruleOf(request: FirewallRequest, plan: Extract<FirewallRequest["plan"], { action: "open" }>): RuleInForce {
  const { id, requester, approvals, decidedAt, createdAt } = request;
  const { rule, owner, ticket, until, addresses } = plan;
  const approvedBy = approvals.map(({ user }) => user);
  return { id, rule, owner, ticket, until, openedAt: decidedAt ?? createdAt, requester, approvedBy, addresses };
}
