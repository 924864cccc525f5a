import { type FreezeInForce, freezesOver } from "../domain/freeze.ts";
import { type Intention, ownOf, type Pair, rulingOf, tellPair } from "../domain/intention.ts";
import { type IntentionRequest, namedIn } from "../domain/intention-request.ts";
import { type CallSeen, pairObjection, pairsIn, probeOf } from "../domain/mesh.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import { setBy, type TracedIntention } from "../domain/set-by.ts";
import { orRefusal } from "./consul-refusal.ts";
import type { Freezes, Requests } from "./store-ports.ts";
import type { Mesh } from "./ports.ts";

/** Whether a call in the mesh goes through, and by what it does or does not. */
export interface CallWhy extends Pair {
  /** As Consul says. */
  allowed: boolean;
  /** The one intention Consul goes by; null: its default. */
  ruling: TracedIntention | null;
  /** What comes of the call itself; null: no page of the source is known that makes it. */
  call: CallSeen | null;
}

interface ExplainCallNeeds {
  mesh: Mesh;
  requests: Pick<Requests, "find">;
}

const callDeadlineMs = 3_000;

/** Makes the call where a page is known that does, and asks Consul. Throws the Failure of a Consul that does not answer. */
export async function explainCall(needs: ExplainCallNeeds, intentions: Intention[], pair: Pair): Promise<CallWhy> {
  const { policy, intentions: consul, calls } = needs.mesh;
  const probe = probeOf(policy, pair);
  const ruling = rulingOf(intentions, pair);
  const [allowed, call, traced] = await Promise.all([
    consul.allows(pair),
    probe === null ? null : calls(probe, callDeadlineMs),
    ruling === null ? null : traceIntention(needs, ruling),
  ]);
  return { source: pair.source, destination: pair.destination, allowed, ruling: traced, call };
}

/** With the approved request it was set by, where it was. */
export async function traceIntention(
  { requests }: Pick<ExplainCallNeeds, "requests">,
  intention: Intention,
): Promise<TracedIntention> {
  const id = namedIn(intention);
  return { ...intention, setBy: setBy(intention, id === null ? null : await requests.find(id)) };
}

/** What is known of one call, for who asks about it. */
export interface CallAnswer extends CallWhy {
  /** One that waits for a decision on it, or is at work. */
  open: IntentionRequest | null;
  frozen: FreezeInForce[];
}

/** Refused: unknown-service, not-in-mesh, same-service, and what ails a Consul that does not answer. */
export async function answerCall(
  needs: ExplainCallNeeds & {
    requests: Pick<Requests, "find" | "list">;
    freezes: Pick<Freezes, "all">;
    services: ReadonlyMap<string, unknown>;
  },
  pair: Pair,
): Promise<CallAnswer | Refusal> {
  const { mesh, requests, freezes, services } = needs;
  const no = pairObjection(mesh.policy, services.keys(), pair);
  if (no) return no;
  const why = await orRefusal(mesh.intentions.list().then((intentions) => explainCall(needs, intentions, pair)));
  if (isRefusal(why)) return why;
  const states = ["pending", "approved"] as const;
  const [[open], frozen] = await Promise.all([
    requests.list({ kind: "intention", states: [...states], subject: tellPair(pair), limit: 1 }),
    freezes.all(),
  ]);
  return { ...why, open: open ?? null, frozen: freezesOver(frozen, [pair.source, pair.destination]) };
}

/**
 * The calls made by or to these services that do not go through, of those that are known to be made or were denied by
 * name. Throws the Failure of a Consul that does not answer.
 */
export async function refusedCalls(needs: ExplainCallNeeds, services: Set<string | null>): Promise<CallWhy[]> {
  const intentions = await needs.mesh.intentions.list();
  const { policy } = needs.mesh;
  const theirs = pairsIn(policy).filter(({ source, destination }) => services.has(source) || services.has(destination));
  const known = theirs.filter((pair) => probeOf(policy, pair) !== null || ownOf(intentions, pair)?.action === "deny");
  const told = await Promise.all(known.map((pair) => explainCall(needs, intentions, pair)));
  return told.filter(({ allowed, call }) => !allowed || call?.outcome === "refused");
}
