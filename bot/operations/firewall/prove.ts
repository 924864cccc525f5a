import { contradiction, type FirewallLimits, type Seen, unseen } from "../../domain/firewall/course.ts";
import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { type PacketCheck, type PacketSeen, passes } from "../../domain/firewall/packet.ts";
import type { InForce } from "../../domain/firewall/rules-in-force.ts";
import { pause } from "../waiting.ts";
import type { Firewall, HeldFlow, RouterState } from "./ports.ts";
import type { Trial } from "./try-packets.ts";

/** What is watched of one change, from before it is applied until it is proven. */
export interface Watch {
  seen: () => Seen;
  /** Before: how each path is now, and for a rule that closes one connection that is open. */
  before(): Promise<void>;
  /** Afterwards; gives the first thing that is not as it has to be, in one sentence. */
  after(signal: AbortSignal): Promise<string | null>;
}

export function watchChange(
  firewall: Pick<Firewall, "router">,
  { request, wanted, trial, seen: begun }: { request: FirewallRequest; wanted: InForce; trial: Trial; seen: Seen },
  limits: Pick<FirewallLimits, "tryMs" | "provenMs">,
  clock: () => number,
): Watch & AsyncDisposable {
  const { plan } = request;
  let seen = begun;
  let flow: HeldFlow | null = null;
  const set = (change: Partial<Seen>) => (seen = { ...seen, ...change });
  const ruleId = plan.action === "open" ? request.id : "ruleId" in plan ? plan.ruleId : null;

  const hold = async (): Promise<void> => {
    const source = seen.checks.find(({ kind, wanted: end }) => kind === "source" && end === "closed");
    if (plan.action !== "close" || source === undefined) return;
    const { zone, address, port } = source;
    const got = await trial.hold({ zone, address, port });
    if ("flow" in got) {
      flow = got.flow;
      set({ held: { zone, address, port, ended: null, how: "it was open when the rule was closed" } });
    } else set({ notes: [...seen.notes, `No connection could be held open to see it end. ${got.why}`] });
  };

  return {
    seen: () => seen,

    async before() {
      const checks = await Promise.all(
        seen.checks.map(async (check) => ({ ...check, before: await trial.once(check) })),
      );
      set({ checks });
      await hold();
      const state = await stateOf(firewall);
      const before = ruleId === null || state === null ? null : (state.counters[ruleId]?.packets ?? 0);
      set({ counter: before === null ? null : { before, after: before } });
    },

    async after(signal) {
      const first = await stateOf(firewall);
      const count = async () => (await stateOf(firewall))?.counters[ruleId ?? ""]?.packets ?? null;
      const tried = await Promise.all(seen.checks.map((check) => tryAfter(trial, check, { count, limits, signal })));
      set({ checks: tried });
      if (flow !== null && seen.held !== null) set({ held: { ...seen.held, ...(await ended(flow, limits, signal)) } });
      const state = await stateOf(firewall);
      const packets = ruleId === null ? undefined : state?.counters[ruleId]?.packets;
      if (packets !== undefined && plan.action === "open") {
        set({ counter: { before: first === null ? 0 : Math.min(seen.counter?.before ?? 0, packets), after: packets } });
      }
      // The one that was read next to the run: what is changed behind the bot's back from then on is drift.
      const read = first ?? state;
      set({ ruleset: read?.digest ?? null, ...(read !== null && { aside: read.aside }), provenAt: clock() });
      const wrong = contradiction(seen) ?? otherRules(state, wanted) ?? stillCounter(seen, plan, packets);
      const why = unseen(request, seen);
      if (wrong !== null || why === null) return wrong;
      if (plan.action !== "open" || plan.unproven === undefined) return `Nobody saw that it is open. ${why}`;
      set({ unproven: why });
      return null;
    },

    async [Symbol.asyncDispose]() {
      // One that cannot be let go lapses.
      await Promise.resolve(flow?.[Symbol.asyncDispose]()).catch(() => {});
    },
  };
}

/** null: nobody reads it, or it cannot be read now. */
async function stateOf({ router }: Pick<Firewall, "router">): Promise<RouterState | null> {
  return router === null ? null : router.ruleset().catch(() => null);
}

interface Trying {
  /** Packets that the rule has counted by now; null: nobody reads it. */
  count: () => Promise<number | null>;
  limits: Pick<FirewallLimits, "provenMs">;
  signal: AbortSignal;
}

/** What is to be closed is tried once: the rules are in force. What is to be open may take a moment. */
async function tryAfter(trial: Trial, check: PacketCheck, trying: Trying): Promise<PacketCheck> {
  const { limits, signal } = trying;
  if (check.wanted === "closed") return { ...check, after: await trial.once(check) };
  if (check.protocol === "udp") return { ...check, after: await sendAfter(trial, check, trying) };
  return { ...check, after: await trial.until(check, limits.provenMs, signal) };
}

/** Datagrams until one is answered, or counted by its rule. */
async function sendAfter(
  trial: Trial,
  check: PacketCheck,
  { count, limits: { provenMs }, signal }: Trying,
): Promise<PacketSeen> {
  const deadline = performance.now() + provenMs;
  for (;;) {
    const before = await count();
    const seen = await trial.once(check);
    if (passes(seen)) return seen;
    const now = await count();
    if (before !== null && now !== null && now > before && seen.outcome === "silent") {
      return { outcome: "counted", why: null };
    }
    if (performance.now() >= deadline || signal.aborted) {
      if (seen.outcome === "unknown" || now !== null) return seen;
      return { outcome: "unknown", why: "Nothing answers a datagram, and the router's counters could not be read." };
    }
    await pause(100, signal);
  }
}

async function ended(
  flow: HeldFlow,
  { provenMs }: Pick<FirewallLimits, "provenMs">,
  signal: AbortSignal,
): Promise<{ ended: boolean | null; how: string }> {
  const deadline = performance.now() + provenMs;
  for (;;) {
    try {
      const state = await flow.state();
      if (!state.alive) return { ended: true, how: state.how };
      if (performance.now() >= deadline || signal.aborted) return { ended: false, how: "it is open still" };
    } catch (error) {
      return { ended: null, how: error instanceof Error ? error.message : String(error) };
    }
    await pause(100, signal);
  }
}

function otherRules(state: RouterState | null, { rules }: InForce): string | null {
  if (state === null) return null;
  const missing = [...rules.keys()].filter((id) => !state.rules.includes(id));
  const besides = state.rules.filter((id) => !rules.has(id));
  if (missing.length > 0) return `The router does not have ${missing.join(", ")}.`;
  return besides.length > 0 ? `The router has rules that nobody approved: ${besides.join(", ")}.` : null;
}

/** Packets that passed by another rule prove nothing of this one. */
function stillCounter({ checks }: Seen, plan: FirewallRequest["plan"], packets: number | undefined): string | null {
  const passed = checks.some(
    ({ kind, wanted, after }) => kind === "source" && wanted === "open" && after?.outcome === "open",
  );
  const alone = checks.every(({ kind, before }) => kind !== "source" || before?.outcome === "silent");
  if (plan.action !== "open" || packets !== 0 || !passed || !alone) return null;
  return "The path is open now, and the rule's counter has not moved: it is open by something else.";
}
