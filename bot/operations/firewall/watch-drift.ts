import type { FirewallDrift } from "../../domain/firewall/notices.ts";
import { foreignKeys, standingKeys } from "../../domain/firewall/foreign-keys.ts";
import { rulesetOf, rulesInForce } from "../../domain/firewall/rules-in-force.ts";
import { isRefusal } from "../../domain/refusal.ts";
import { enterGate, type GateNeeds } from "./gate.ts";
import { endedRequests } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { standingNotice } from "./standing-notice.ts";
import { nothingForeign } from "./tell-foreign.ts";

export interface DriftNeeds extends GateNeeds {
  firewall: Pick<Firewall, "gate" | "rules" | "router" | "task">;
}

/** No request: whatever an earlier holder of the gate left is put in order. */
const nobody = "";
const drift = standingNotice({
  name: "firewall-drift",
  action: "firewall.drift",
  over: "over",
  subject: "firewall:router",
});

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
  if ((await driftNow(needs)) === null) return drift.settle(needs, (at) => told({ missing: [], besides: [] }, at));
  if (await drift.isTold(needs)) return;
  // Between a run and its end the router is ahead of the requests: in the gate nothing is under way.
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (isRefusal(gate)) return;
  await using _held = gate;
  const drifted = await driftNow(needs);
  if (drifted !== null) await drift.meet(needs, told(drifted, null));
}

type Drifted = Pick<FirewallDrift, "missing" | "besides">;

function told(drifted: Drifted, over: number | null) {
  const notice: FirewallDrift = { type: "firewall-drift", ...drifted, over };
  return { notice, detail: drifted };
}

/** null: the router enforces what was approved, and nothing of its table changed since it was applied, as far as that is known. */
async function driftNow(needs: DriftNeeds): Promise<Drifted | null> {
  const { router } = needs.firewall;
  if (router === null) return null;
  const requests = await endedRequests(needs);
  const { digest, rules } = await router.ruleset();
  const approved = [...rulesInForce(requests).rules.keys()];
  const missing = approved.filter((id) => !rules.includes(id));
  const besides = rules.filter((id) => !approved.includes(id));
  // What somebody changed in the moment of a run stands in what was read after it, too: the rules' names do not lie.
  const applied = rulesetOf(requests) ?? digest;
  return digest === applied && missing.length + besides.length === 0 ? null : { missing, besides };
}
