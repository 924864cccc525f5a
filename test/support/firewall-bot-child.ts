import { createInterface } from "node:readline";
import { openStore } from "../../bot/adapters/store/database.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { FirewallPlan } from "../../bot/domain/firewall/firewall-request.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { expireRules } from "../../bot/operations/firewall/expire-rules.ts";
import { readInForce } from "../../bot/operations/firewall/in-force.ts";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { learnPlan } from "../../bot/operations/firewall/learn-plan.ts";
import { proposeRestore } from "../../bot/operations/firewall/propose-restore.ts";
import { watchDrift } from "../../bot/operations/firewall/watch-drift.ts";
import { openRequest } from "../../bot/operations/open-request.ts";
import type { Requests } from "../../bot/operations/store-ports.ts";
import { pause } from "../../bot/operations/waiting.ts";
import { aFirewallRequest } from "./firewall-requests.ts";
import { firewallNeeds } from "./firewall-work.ts";
import { type FirewallPlace, firewallAt } from "./firewall-world.ts";
import { workJobs } from "./work-jobs.ts";

// A bot with nothing but a firewall, in a process of its own: one order a line on stdin, one answer a line on stdout.

export interface BotOrders {
  store: string;
  place: FirewallPlace;
}

export type BotOrder =
  | { do: "request"; id: string; plan: FirewallPlan; validMs: number }
  | { do: "approve" | "deny"; id: string }
  /** Re-apply, by a person who may, where drift was told or something foreign stands. */
  | { do: "look" }
  /** Answers with every request when none is pending or approved any more, and no rule is about to end. */
  | { do: "settle" };

const { store: file, place } = JSON.parse(process.argv[2] ?? "") as BotOrders;
const { firewall, probers } = firewallAt(place);
const stop = new AbortController();
const { signal } = stop;
await using store = await openStore(file, Date.now);
using _probers = probers;
const needs = {
  ...firewallNeeds(store, firewall),
  requests: store.requests,
  notices: notices(store.db.withTables()),
  firewall,
  freezes: store.freezes,
  groupsOf: async () => ["S0PLATFORM"],
  mesh: null,
  owner: `bot-${process.pid}`,
  onProblem: () => {},
};
let restored = 0;
const newId = () =>
  `f-z${String((process.pid % 97) * 100 + (restored += 1)).replace(/\d/g, (digit) => "abcdefghij"[Number(digit)] ?? "a")}`;

const limits = { ...firewallLimits, provenMs: 1_500, againMs: 250, planMs: 15_000 };
const working = workJobs(needs, signal, { firewall: limits });
const expiring = (async () => {
  while (!signal.aborted) {
    await passDeadlines(needs).catch(() => {});
    await pause(200, signal);
  }
})();

/** One that failed is tried again at once, not after minutes. */
const unfailed: Pick<Requests, "open" | "list" | "move" | "count"> = {
  ...store.requests,
  list: async (asked) => (await store.requests.list(asked)).filter(({ state }) => state !== "failed"),
};
const ending = (async () => {
  while (!signal.aborted) {
    await expireRules({ ...needs, newId, requests: unfailed }).catch(() => {});
    await pause(1_000, signal);
  }
})();

async function obey(order: BotOrder): Promise<unknown> {
  switch (order.do) {
    case "request": {
      const { id, plan, validMs } = order;
      const evidence = await learnPlan(needs, aFirewallRequest(plan, { id }), signal, limits);
      if (isRefusal(evidence)) return evidence.code;
      const expiresAt = Date.now() + validMs;
      const opened = await openRequest(needs, aFirewallRequest(plan, { id, evidence, expiresAt }));
      return isRefusal(opened) ? opened.code : opened.state;
    }
    case "approve":
    case "deny": {
      const decided = await decideRequest(needs, { id: order.id, user: "U0BEN", verdict: order.do, reason: "because" });
      return isRefusal(decided) ? decided.code : decided.request.state;
    }
    case "look":
      return look();
    case "settle":
      return settle();
  }
}

/** Whether nothing was amiss. */
async function look(): Promise<boolean> {
  await watchDrift(needs, signal);
  const told = await Promise.all(
    ["firewall-drift", "firewall-wide-open", "firewall-foreign"].map((name) => needs.notices.since(name)),
  );
  if (told.every((since) => since === null)) return true;
  await proposeRestore({ ...needs, newId }, { user: "U0BEN" });
  return false;
}

/** Longer than any rule that a test has end by itself. */
const soonMs = 600_000;

async function settle(): Promise<unknown> {
  for (;;) {
    const open = await store.requests.list({ states: ["pending", "approved"] });
    const { rules } = await readInForce(needs);
    const ends = [...rules.values()].some(({ until }) => until !== null && until < Date.now() + soonMs);
    if (open.length === 0 && !ends && (await look().catch(() => false))) break;
    await pause(250, signal);
  }
  const requests = await store.requests.list({ kind: "firewall", limit: 10_000 });
  return { requests, audit: await store.audit.verify() };
}

for await (const line of createInterface(process.stdin)) {
  const order = JSON.parse(line) as BotOrder & { number: number };
  void obey(order)
    .catch((error: unknown) => ({ error: String(error) }))
    .then((answer) => console.log(JSON.stringify({ number: order.number, answer })));
}
stop.abort();
await Promise.all([working, expiring, ending]);
