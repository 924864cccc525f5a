import type { FirewallDrift } from "../../domain/firewall/notices.ts";
import { foreignKeys, standingKeys } from "../../domain/firewall/foreign-keys.ts";
import type { Drifted } from "../../domain/firewall/router-state.ts";
import { isRefusal } from "../../domain/refusal.ts";
import { namedServices } from "./candidate.ts";
import { enterGate, type GateNeeds } from "./gate.ts";
import { readInForce } from "./in-force.ts";
import type { Firewall } from "./ports.ts";
import { routerDrift } from "./router-drift.ts";
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

const wideOpen = standingNotice({
  name: "firewall-wide-open",
  action: "firewall.wide-open",
  over: "over",
  subject: "firewall:router",
});

/**
 * Looks whether Consul holds what was approved, the router enforces what was applied last, and CTS applies nothing by itself.
 * The first two are told once each; a task that is enabled is disabled, and one that is gone, or goes by another key, is posted again.
 */
export async function watchDrift(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const failed: unknown[] = [];
  for (const look of [lookAtKeys, lookAtRouter, lookAtTask]) {
    // One that cannot be had hides nothing of the others.
    await look(needs, signal).catch((error: unknown) => failed.push(error));
  }
  if (failed.length > 0) throw failed[0];
}

/** Those that are as this process would post them. */
const known = new WeakSet<Firewall["task"]>();

/**
 * Enabled while nobody runs it: a bot was killed before it could disable it. Gone: CTS was started anew, and forgot it. Of
 * before this process began: it may still go by a key that was replaced, and whoever has that could sign until the next change.
 */
async function lookAtTask(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const { task } = needs.firewall;
  const state = await task.state();
  if (state?.enabled === false && known.has(task)) return;
  // Before the first run there is nothing for it to do.
  if (state === null && (await readInForce(needs)).revision === 0) return;
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (isRefusal(gate)) return;
  await using _held = gate;
  await task.prepare(namedServices(gate.inForce), signal);
  known.add(task);
}

async function lookAtKeys(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const wanted = standingKeys(await readInForce(needs));
  const keys = await needs.firewall.rules.read();
  const values = Object.fromEntries(Object.entries(keys).map(([key, { value }]) => [key, value]));
  if (foreignKeys(values, wanted).length === 0) return nothingForeign(needs);
  // Somebody may be at work: in the gate it is known whose they are, and told there.
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (!isRefusal(gate)) await gate[Symbol.asyncDispose]();
}

async function lookAtRouter(needs: DriftNeeds, signal: AbortSignal): Promise<void> {
  const seen = await routerDrift(needs);
  if (seen === null) {
    await drift.settle(needs, (at) => told(nothing, at));
    return wideOpen.settle(needs, (at) => told(nothing, at));
  }
  if (await kindOf(seen).isTold(needs)) return;
  // Between a run and its end the router is ahead of the requests: in the gate nothing is under way.
  const gate = await enterGate(needs, { request: nobody }, signal);
  if (isRefusal(gate)) return;
  await using _held = gate;
  const drifted = await routerDrift(needs);
  if (drifted !== null) await kindOf(drifted).meet(needs, told(drifted, null));
}

/** That everything may pass is told also where something less was told before. */
const kindOf = ({ gaps }: Drifted) => (gaps.length > 0 ? wideOpen : drift);

const nothing: Drifted = { missing: [], besides: [], gaps: [], aside: [] };

function told(drifted: Drifted, over: number | null) {
  const notice: FirewallDrift = { type: "firewall-drift", ...drifted, over };
  return { notice, detail: { ...drifted } };
}
