import type { Standing } from "./approval-policy.ts";
import { hashOf } from "./canonical.ts";
import { parseDuration, tellDuration } from "./duration.ts";
import type { Plan, RenewalRequest } from "./renewal.ts";

/** What the policy itself decides of a renewal: it is as people approved it, or why it needs them. */
export type StandingVerdict = { as: RenewalRequest } | { exceptions: string[] };

/**
 * A routine renewal does again what people have approved and what went well. Anything new in it, and an automation that
 * failed, is theirs to look at.
 * @param before the service's renewals that have ended, the latest first
 */
export function standingVerdict(standing: Standing, plan: Plan, before: RenewalRequest[]): StandingVerdict {
  const tried = before.filter(({ state }) => state === "deployed" || state === "not-served" || state === "failed");
  const [latest] = tried;
  const as = tried.find((one) => one.state === "deployed" && byPeople(one));
  if (as === undefined) return { exceptions: ["nobody has approved a renewal of it yet that was deployed"] };
  const exceptions = [
    ...(latest?.state === "deployed" ? [] : [`the last renewal, ${latest?.id}, ended as ${latest?.state}`]),
    ...news(as.plan, plan),
    ...tooLong(standing, plan),
  ];
  return exceptions.length === 0 ? { as } : { exceptions };
}

/**
 * Not by the policy itself, which would otherwise vouch for itself, nor by one person alone; also where that person approved
 * what the renewal came before.
 */
const byPeople = ({ approvals, review }: RenewalRequest) =>
  review === null && approvals.length > 0 && !approvals.some(({ user, alone }) => alone || isPolicy(user));

const policyPrefix = "policy:";

/** Whether it was a policy that approved, and no person. */
export const isPolicy = (approver: string) => approver.startsWith(policyPrefix);

/** Who approves what the policy approves, in the place of a person. */
export const policyAsApprover = (name: string) => `${policyPrefix}${name}`;

function news(was: Plan, plan: Plan): string[] {
  const names = plan.names.filter((name) => !was.names.includes(name));
  const [issuer, issuerWas] = [plan, was].map(({ issuer: { mount, role } }) => `${mount}/${role}`);
  const longer = (parseDuration(plan.ttl) ?? 0) > (parseDuration(was.ttl) ?? 0);
  return [
    ...names.map((name) => `the name ${name} is new`),
    ...(issuer === issuerWas ? [] : [`its issuer is ${issuer}, it was ${issuerWas}`]),
    ...(plan.key === was.key ? [] : [`its key is ${plan.key}, it was ${was.key}`]),
    ...(hashOf(plan.deployment) === hashOf(was.deployment) ? [] : ["it is deployed elsewhere"]),
    ...(longer ? [`it lives for ${plan.ttl}, it was ${was.ttl}`] : []),
  ];
}

function tooLong({ longestMs }: Standing, { ttl }: Plan): string[] {
  const life = parseDuration(ttl) ?? Infinity;
  return life > longestMs ? [`it lives for ${ttl}, and without people at most ${tellDuration(longestMs)}`] : [];
}
