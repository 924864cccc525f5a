import type { Aside } from "./router-state.ts";
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
  /** Those of them whose rules stand in Consul by these addresses, for its instances had gone elsewhere at the last run. */
  pinned: string[];
  /** The highest that a seal of these requests ever had. */
  revision: number;
}

/**
 * What stands after all these requests, in any order: a seal's revisions are their order, as the gate let them through.
 * Only those that are `applied` change it.
 */
export function rulesInForce(requests: FirewallRequest[]): InForce {
  const state: InForce = { rules: new Map(), services: {}, pinned: [], revision: 0 };
  const ended = requests.toSorted((a, b) => revisionOf(a) - revisionOf(b) || a.createdAt - b.createdAt);
  for (const request of ended) {
    const { receipt } = request;
    state.revision = Math.max(state.revision, receipt?.revision ?? 0);
    if (receipt !== null && receipt.revision !== null) state.pinned = receipt.pinned ?? [];
    if (request.state === "applied") apply(state, request);
  }
  state.services = namedIn(state);
  return state;
}

/** One that wrote no key, an extension, changes a rule that stands already. */
const revisionOf = ({ receipt }: FirewallRequest) => receipt?.revision ?? Number.MAX_SAFE_INTEGER;

/**
 * For what is written next, at that time: higher than every seal's before, also of one that ended nowhere or that a lost
 * store has forgotten, for it is the time itself in milliseconds. `besides`: of this request's own.
 */
export function nextRevision({ revision }: Pick<InForce, "revision">, now: number, besides = 0): number {
  return Math.max(now, revision + 1, besides + 1);
}

/** The digest of the router's ruleset after the last run; null: there was none, or it was not read. */
export function rulesetOf(requests: FirewallRequest[]): string | null {
  return runsOf(requests).at(-1)?.receipt?.ruleset ?? null;
}

/**
 * What other tables of the router do that is known: at the first run that read them, or when somebody had the rules applied
 * again, who was told of it. null: it was never read.
 */
export function asideOf(requests: FirewallRequest[]): Aside[] | null {
  const read = runsOf(requests).filter(({ receipt }) => receipt?.aside !== undefined);
  const accepted = read.findLast(({ plan, state }) => plan.action === "restore" && state === "applied");
  return (accepted ?? read[0])?.receipt?.aside ?? null;
}

const runsOf = (requests: FirewallRequest[]) =>
  requests
    .filter(({ receipt }) => receipt?.revision !== null && receipt?.revision !== undefined)
    .toSorted((a, b) => revisionOf(a) - revisionOf(b));

/** What stands when this request has been carried out too. */
export function withChange(before: InForce, request: FirewallRequest): InForce {
  const state: InForce = { ...before, rules: new Map(before.rules), services: { ...before.services } };
  apply(state, request);
  state.services = namedIn(state);
  return state;
}

/** Of the services that a rule still names. */
function namedIn({ rules, services }: InForce): ServiceAddresses {
  const named = new Set([...rules.values()].flatMap(({ rule }) => servicesIn(rule)));
  return Object.fromEntries(Object.entries(services).filter(([name]) => named.has(name)));
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
}

function ruleOf(request: FirewallRequest, plan: Extract<FirewallRequest["plan"], { action: "open" }>): RuleInForce {
  const { id, requester, approvals, decidedAt, createdAt } = request;
  const { rule, owner, ticket, until, addresses } = plan;
  const approvedBy = approvals.map(({ user }) => user);
  return { id, rule, owner, ticket, until, openedAt: decidedAt ?? createdAt, requester, approvedBy, addresses };
}
