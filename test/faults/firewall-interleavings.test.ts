import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { FirewallPlan, FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import { standingKeys } from "../../bot/domain/firewall/foreign-keys.ts";
import { sealedKeys } from "../../bot/domain/firewall/sealed-keys.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import { anOpening, aRule, hosts, newFirewallId } from "../support/firewall-requests.ts";
import type { FirewallRule } from "../../bot/domain/firewall/rule.ts";
import { approvedToBeEnforced, enforced, inRouter } from "../support/firewall-router.ts";
import { aFirewallWorld, type FirewallWorld, missingForFirewall } from "../support/firewall-world.ts";
import type { BotOrder } from "../support/firewall-bot-child.ts";
import { KillableBot } from "../support/killable-bot.ts";
import { type NftWatch, watchNft } from "../support/nft-watch.ts";
import { randomBy } from "../support/random.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

// Requests, clicks, ends, deaths, forgeries and drift in any order, against real Terraform and nft. CERTOPS_SEED=<number> plays one again,
// CERTOPS_INTERLEAVINGS=<count> plays that many; otherwise as many as fit into two minutes.

const missing = missingForFirewall();
const seed = Number(process.env["CERTOPS_SEED"] ?? Date.now() % 1_000_000);
const count = Number(process.env["CERTOPS_INTERLEAVINGS"] ?? Number.POSITIVE_INFINITY);
const lastsMs = count === Number.POSITIVE_INFINITY ? 110_000 : Number.POSITIVE_INFINITY;
const ports = [5431, 5432, 5433, 7000];

/** Rules that were asked for, by id. */
const opened = new Map<string, FirewallRule>();
/** That nobody approves. */
const evil = aRule({ from: { cidrs: ["0.0.0.0/0"] }, ports: { first: 1, last: 65_535 } });
let world: FirewallWorld;
let nft: NftWatch;
beforeAll(async () => {
  if (missing !== null) return;
  world = await aFirewallWorld();
  await world.startAnew();
  nft = await watchNft(inRouter(world.place.enter));
});
afterAll(async () => {
  await nft?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

test(
  "whatever happens in whatever order, the router has what was approved",
  { timeout: 86_400_000 },
  async (context) => {
    if (missing !== null) context.skip(missing);
    using folder = temporaryFolder();
    await using bot = new KillableBot({ store: folder.file("certops.db"), place: world.place });
    const approvedByClick = new Set<string>();
    const begun = performance.now();
    let played = 0;
    let ended: FirewallRequest[] = [];
    for (; played < count && performance.now() - begun < lastsMs; played += 1) {
      const mine = (seed + played) % 1_000_000;
      try {
        ended = await play(bot, randomBy(mine), approvedByClick);
      } catch (cause) {
        throw new Error(`CERTOPS_SEED=${mine}: ${String(cause)}`, { cause });
      }
    }
    const ends = Object.entries(Object.groupBy(ended, ({ plan, state }) => `${plan.action} ${state}`));
    const told = ends.map(([end, all]) => `${all.length} ${end}`).join(", ");
    console.log(`${played} interleavings from seed ${seed}: ${told}`);
    expect(ended.map(({ state }) => state)).toContain("applied");
  },
);

async function play(bot: KillableBot, random: () => number, approvedByClick: Set<string>): Promise<FirewallRequest[]> {
  const pick = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const asked: string[] = [];
  const underWay: Promise<unknown>[] = [];
  const tell = (order: BotOrder) => void underWay.push(bot.ask(order));
  const open = (): FirewallPlan => {
    const port = pick(ports) ?? 5432;
    const to = random() < 0.5 ? { service: "database" } : { cidrs: [`${hosts.database}/32`] };
    const rule = aRule({ to, ports: { first: port, last: port } });
    const soon = random() < 0.3 ? { until: Date.now() + 2_000 + random() * 6_000 } : {};
    return anOpening({ rule, addresses: "service" in to ? { database: [hosts.database] } : {}, ...soon });
  };
  const request = (plan: FirewallPlan) => {
    const id = newFirewallId();
    asked.push(id);
    if (plan.action === "open") opened.set(id, plan.rule);
    const asking = bot.ask({ do: "request", id, plan, validMs: random() < 0.2 ? 300 : 3_600_000 });
    const clicks = random() < 0.7;
    underWay.push(asking.then((state) => (state === "pending" && clicks ? approve(id) : null)));
  };
  const approve = (id: string) => {
    approvedByClick.add(id);
    return bot.ask({ do: "approve", id });
  };
  const steps: Record<string, () => Promise<void> | void> = {
    open: () => request(open()),
    close: async () => {
      const ruleId = pick(await enforcedIds());
      const rule = opened.get(ruleId ?? "");
      if (ruleId !== undefined && rule !== undefined) request({ action: "close", ruleId, rule });
    },
    approve: () => {
      const id = pick(asked);
      if (id !== undefined) underWay.push(approve(id));
    },
    deny: () => {
      const id = pick(asked);
      if (id !== undefined) tell({ do: "deny", id });
    },
    "kill the bot": () => bot.killed(),
    "kill CTS": () => {
      if (world.cts.pid !== null) process.kill(world.cts.pid, "SIGKILL");
    },
    drift: async () => void (await world.router("nft", "flush chain inet certops flows").catch(() => {})),
    "add a rule on the router": async () =>
      void (await world.router("nft", "add rule inet certops flows tcp dport 9301 accept").catch(() => {})),
    "forge a seal": forge,
    look: () => tell({ do: "look" }),
  };
  const often = [
    "open",
    "open",
    "approve",
    "approve",
    "approve",
    "deny",
    "close",
    "kill the bot",
    "kill the bot",
    "drift",
    "add a rule on the router",
    "forge a seal",
    "look",
    "look",
    "kill CTS",
  ];
  const order = ["open", ...Array.from({ length: 8 }, () => pick(often) ?? "open")];
  for (const step of order) {
    await steps[step]?.();
    // No approval, no change: not even for a moment.
    for (const id of await enforcedIds()) expect(approvedByClick).toContain(id);
    await sleep(random() * 1_500);
  }
  await Promise.all(underWay);
  return settled(bot, asked, approvedByClick);
}

/** What nobody decided by now is denied; every request there ever was, once all have ended. */
async function settled(bot: KillableBot, asked: string[], approvedByClick: Set<string>): Promise<FirewallRequest[]> {
  for (const id of asked) await bot.ask({ do: "deny", id });
  const answer = await Promise.race([bot.ask({ do: "settle" }), sleep(120_000, "not settled in two minutes")]);
  expect(answer).toMatchObject({ audit: null });
  const { requests } = answer as { requests: FirewallRequest[] };
  expect(await nft.seen()).not.toContain("evil");
  const rules = await enforced(world.place.enter);
  expect(rules).toEqual(approvedToBeEnforced(requests));
  expect(await world.keys()).toEqual(standingKeys(rulesInForce(requests)));
  expect((await world.firewall.task.state())?.enabled ?? false).toBe(false);
  for (const { id, state, requester, approvals } of requests) {
    if (state !== "applied" || requester !== "U0ANA") continue;
    expect(approvedByClick).toContain(id);
    expect(approvals).toHaveLength(1);
  }
  return requests;
}

/** What stands in Consul and a rule besides, under a seal that fits all of it: as somebody could who may write there. */
async function forge(): Promise<void> {
  const entries = Object.entries(await world.keys()).flatMap(([key, value]) => {
    const [, id] = /^firewall\/rules\/(.+)$/.exec(key) ?? [];
    return id === undefined ? [] : [[id, JSON.parse(Buffer.from(value, "base64").toString()) as FirewallRule] as const];
  });
  const rules = { ...Object.fromEntries(entries), evil };
  const forged = sealedKeys(rules, { services: { database: [hosts.database] }, revision: Date.now() + 60_000 });
  for (const [key, value] of Object.entries(forged)) await world.smuggle(key, value);
}

async function enforcedIds(): Promise<string[]> {
  // Between a CTS that dies and one that starts there is the same table.
  return (await world.firewall.router?.ruleset().catch(() => null))?.rules ?? [];
}
