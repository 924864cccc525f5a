import type { FirewallDrift } from "../../domain/firewall/notices.ts";
import { foreignKeys, standingKeys } from "../../domain/firewall/foreign-keys.ts";
import { rulesetOf, rulesInForce } from "../../domain/firewall/rules-in-force.ts";
import type { Commit } from "../ports.ts";
import { isRefusal } from "../../domain/refusal.ts";
import { enterGate, type GateNeeds } from "./gate.ts";
import { endedRequests } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { nothingForeign } from "./tell-foreign.ts";

export interface DriftNeeds extends GateNeeds {
  firewall: Pick<Firewall, "gate" | "rules" | "router" | "task">;
}

/** No request: whatever an earlier holder of the gate left is put in order. */
const nobody = "";
const name = "firewall-drift";

/**
 * Looks whether Consul holds what was approved, the router enforces what was applied last, and CTS applies nothing by itself.
 * The first two are told once each, the last is mended.
 */
export async function watchDrift(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  await lookAtKeys(needs, signal);
  await lookAtRouter(needs, signal);
  await lookAtTask(needs, signal);
}

/** Enabled while nobody runs it: a bot was killed before it could disable it. */
async function lookAtTask(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const { task } = needs.firewall;
  if ((await task.state())?.enabled !== true) return;
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (isRefusal(gate)) return;
  await using _held = gate;
  if ((await task.state())?.enabled === true) await task.disable(signal);
}

async function lookAtKeys(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const wanted = standingKeys(rulesInForce(await endedRequests(needs)));
  const keys = await needs.firewall.rules.read();
  const values = Object.fromEntries(Object.entries(keys).map(([key, { value }]) => [key, value]));
  if (foreignKeys(values, wanted).length === 0) return nothingForeign(needs);
  // Somebody may be at work: in the gate it is known whose they are, and told there.
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (!isRefusal(gate)) await gate[Symbol.asyncDispose]();
}

async function lookAtRouter(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const { notices, clock } = needs;
  const told = await notices.since(name);
  const drifted = await driftNow(needs);
  if (drifted === null) {
    if (told === null) return;
    const over = clock();
    await notices.settle(name, commit({ type: "firewall-drift", missing: [], over }, { at: over, since: told }));
    return;
  }
  if (told !== null) return;
  // Between a run and its end the router is ahead of the requests: in the gate nothing is under way.
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (isRefusal(gate)) return;
  await using _held = gate;
  const missing = await driftNow(needs);
  if (missing === null) return;
  const at = clock();
  await notices.raise(name, at, commit({ type: "firewall-drift", missing, over: null }, { at, since: at }));
}

/** The rules that the router does not have any more; null: it enforces what was applied last, or nobody knows. */
async function driftNow(needs: DriftNeeds): Promise<string[] | null> {
  const { router } = needs.firewall;
  if (router === null) return null;
  const requests = await endedRequests(needs);
  const applied = rulesetOf(requests);
  if (applied === null) return null;
  const { digest, rules } = await router.ruleset();
  if (digest === applied) return null;
  return [...rulesInForce(requests).rules.keys()].filter((id) => !rules.includes(id));
}

function commit(notice: FirewallDrift, { at, since }: { at: number; since: number }): Commit {
  const isOver = notice.over !== null;
  const step = isOver ? "over" : "met";
  return {
    audit: {
      at,
      actor: "certops",
      action: `firewall.drift-${step}`,
      subject: "firewall",
      detail: { missing: notice.missing },
    },
    outbox: [
      {
        key: `${name}:${since}:${step}`,
        kind: isOver ? "notice" : "alert",
        subject: "firewall:router",
        payload: { ...notice },
      },
    ],
  };
}
