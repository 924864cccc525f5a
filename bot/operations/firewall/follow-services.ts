import { isDeepStrictEqual } from "node:util";
import { firewallSubject } from "../../domain/firewall/firewall-request.ts";
import type { FirewallMoved } from "../../domain/firewall/notices.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { InForce, RuleInForce } from "../../domain/firewall/rules-in-force.ts";
import { servicesIn } from "../../domain/firewall/rule.ts";
import { zoneOf } from "../../domain/firewall/zones.ts";
import { openApproved } from "../open-approved.ts";
import type { Clock } from "../ports.ts";
import type { Notices, Requests } from "../store-ports.ts";
import { failedLately } from "./failed-lately.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { approvedBefore } from "./standing-approval.ts";

export interface FollowServicesNeeds {
  firewall: Pick<Firewall, "policy" | "addresses">;
  requests: Pick<Requests, "open" | "list" | "count">;
  notices: Notices;
  clock: Clock;
  newId: () => string;
}

/**
 * Follows services that rules name to their new addresses, by a request that the rules' approval covers, as long as they stay in
 * the zones they were approved in; else the channel is told once. What moved has to stand for two looks. Call `look` at a
 * steady pace.
 */
export function serviceFollower(needs: FollowServicesNeeds): { look(): Promise<void> } {
  let last = new Map<string, string[]>();
  return {
    async look() {
      const inForce = await readInForce(needs);
      const found = new Map<string, string[]>();
      for (const [service, before] of Object.entries(inForce.services)) {
        const after = await needs.firewall.addresses(service);
        found.set(service, after);
        const moved = { service, before, after };
        if (isDeepStrictEqual(after, before)) await settled(needs, moved);
        else if (isDeepStrictEqual(after, last.get(service))) await follow(needs, inForce, moved);
      }
      last = found;
    },
  };
}

interface Moved {
  service: string;
  before: string[];
  after: string[];
}

async function follow(needs: FollowServicesNeeds, inForce: InForce, moved: Moved): Promise<void> {
  const { service, before, after } = moved;
  const rules = [...inForce.rules.values()].filter(({ rule }) => servicesIn(rule).includes(service));
  const why = notCovered(needs.firewall.policy, rules, moved);
  if (why !== null) return tell(needs, moved, { why, rules });
  const by = rules.at(-1)?.approvedBy.at(-1) ?? "certops";
  const reason = `It moved inside its zone: the approval of ${rules.map(({ id }) => id).join(", ")} covers that.`;
  const plan = { action: "follow" as const, service, before, after };
  const now = needs.clock();
  const [last] = await needs.requests.list({ kind: "firewall", subject: firewallSubject(plan), limit: 1 });
  if (failedLately(last, now)) return;
  const asked = { id: needs.newId(), plan, requester: "certops", by, reason, now };
  // Where it is on its way already, or frozen, it is tried again at the next look.
  await openApproved(needs, approvedBefore(needs.firewall.policy, asked));
}

/** Why no approval of these rules reaches that far, in one sentence; null: it does. */
function notCovered(
  policy: Pick<FirewallPolicy, "zones">,
  rules: RuleInForce[],
  { service, after }: Moved,
): string | null {
  const zoneAt = (address: string) => zoneOf(policy, `${address}/32`)?.name ?? null;
  for (const { id, addresses } of rules) {
    const zones = new Set((addresses[service] ?? []).map(zoneAt));
    const beyond = after.find((address) => !zones.has(zoneAt(address)) || zoneAt(address) === null);
    if (beyond === undefined) continue;
    const names = [...zones].filter((zone) => zone !== null);
    return `${id} was approved for ${service} in ${names.join(", ") || "no zone"}, and ${beyond} is in ${zoneAt(beyond) ?? "no zone"}.`;
  }
  return null;
}

const nameOf = (service: string) => `firewall-moved:${service}`;

async function tell(
  { notices, clock }: FollowServicesNeeds,
  { service, before, after }: Moved,
  { why, rules }: { why: string; rules: RuleInForce[] },
): Promise<void> {
  const name = nameOf(service);
  if ((await notices.since(name)) !== null) return;
  const at = clock();
  const notice: FirewallMoved = {
    type: "firewall-moved",
    service,
    before,
    after,
    why,
    rules: rules.map(({ id }) => id),
  };
  await notices.raise(name, at, {
    audit: { at, actor: "certops", action: "firewall.moved", subject: service, detail: { before, after, why } },
    outbox: [{ key: `${name}:${at}`, kind: "alert", subject: `firewall:${service}`, payload: { ...notice } }],
  });
}

/** It is where it is approved again: nothing to be told, and the next move is. */
async function settled({ notices, clock }: FollowServicesNeeds, { service, after }: Moved): Promise<void> {
  const name = nameOf(service);
  if ((await notices.since(name)) === null) return;
  const at = clock();
  const audit = { at, actor: "certops", action: "firewall.settled", subject: service, detail: { addresses: after } };
  await notices.settle(name, { audit, outbox: [] });
}
