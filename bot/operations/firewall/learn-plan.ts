import { type FirewallLimits, firewallLimits } from "../../domain/firewall/course.ts";
import { checksFor } from "../../domain/firewall/checks.ts";
import type { FirewallEvidence, FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { nextRevision, withChange } from "../../domain/firewall/rules-in-force.ts";
import { isRefusal, refuse, type Refusal } from "../../domain/refusal.ts";
import { Failure } from "../../errors.ts";
import { candidateOf, namedServices, unsafeCandidate } from "./candidate.ts";
import { notFollowed, unsettledServices } from "./changed-since.ts";
import { enterGate, ForeignKeys, type GateNeeds } from "./gate.ts";
import { readInForce } from "./in-force.ts";
import { notHeard, planCandidate } from "./plan-candidate.ts";
import type { Firewall } from "./ports.ts";
import { tellForeign } from "./tell-foreign.ts";
import { openTrial } from "./try-packets.ts";

export interface LearnNeeds extends GateNeeds {
  firewall: Firewall;
}

/**
 * What CTS would do if this request were approved, and how its path stands now. What is written to find out is taken out
 * again before anybody else has the gate. Refused: firewall-unsafe, firewall-moved, firewall-waits, firewall-foreign,
 * firewall-not-heard, and what Consul or CTS says.
 */
export async function learnPlan(
  needs: LearnNeeds,
  request: FirewallRequest,
  signal: AbortSignal,
  limits: FirewallLimits = firewallLimits,
): Promise<FirewallEvidence | Refusal> {
  try {
    const [terraform, probe] = await Promise.all([
      planOf(needs, request, limits, signal),
      probeBefore(needs, request, limits),
    ]);
    return isRefusal(terraform) ? terraform : { terraform, problem: null, probe };
  } catch (error) {
    if (error instanceof ForeignKeys) await tellForeign(needs, error.keys);
    if (signal.aborted) return notInTime();
    if (!(error instanceof Failure)) throw error;
    return refuse(error.code, error.message, error.hint);
  }
}

function notInTime(): Refusal {
  return refuse(
    "firewall-busy",
    "The plan could not be learnt in time: other changes of the firewall are on their way, or CTS is slow.",
    "Nothing was changed. Try again in a moment.",
  );
}

async function planOf(
  needs: LearnNeeds,
  request: FirewallRequest,
  limits: FirewallLimits,
  signal: AbortSignal,
): Promise<string | null | Refusal> {
  const { firewall } = needs;
  // Only its end is another one: no key says when a rule ends.
  if (request.plan.action === "extend") return null;
  const gate = await enterGate(needs, { request: request.id }, signal);
  if (isRefusal(gate)) return gate;
  await using _held = gate;
  const { inForce } = gate;
  const candidate = candidateOf(inForce, request, nextRevision(inForce, needs.clock()));
  const unsafe = unsafeCandidate(candidate);
  if (unsafe !== null) return refuse("firewall-unsafe", unsafe, "Correct it and ask again.");
  const unsettled = await unsettledServices(firewall, inForce, candidate, request.plan);
  if (unsettled.length > 0) return notFollowed(unsettled);
  const both = AbortSignal.any([signal, gate.lost]);
  await firewall.task.prepare(namedServices(inForce, candidate.wanted), both);
  const { keys, wanted, revision } = candidate;
  try {
    await gate.write({ kind: "inspect", request: request.id }, keys);
    // Nobody signs it: whoever has CTS run now is refused.
    const seen = await planCandidate(firewall, gate, { wanted, revision }, limits, both);
    if (!seen.changes) throw notHeard();
    return seen.plan;
  } finally {
    await gate.restore();
  }
}

/** From where the rule is for, to the first host that it names; null: nobody could try. */
async function probeBefore(
  { firewall, requests, clock }: LearnNeeds,
  request: FirewallRequest,
  limits: FirewallLimits,
): Promise<FirewallEvidence["probe"]> {
  const before = await readInForce({ requests });
  const change = { plan: request.plan, id: request.id, before, after: withChange(before, request) };
  const check = checksFor(change, firewall.policy).find(({ kind }) => kind === "source");
  if (check === undefined) return null;
  const { zone, address, port } = check;
  const paths = [{ zone, address, port }];
  await using trial = await openTrial(firewall.probers, { id: request.id, paths, now: clock() }, limits);
  return { zone, address, port, seen: await trial.once(check) };
}
