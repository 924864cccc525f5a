import { describe, expect, test } from "vitest";
import { notices } from "../../bot/adapters/store/notices.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import type { FirewallPlan } from "../../bot/domain/firewall/firewall-request.ts";
import type { RuleEnd } from "../../bot/domain/firewall/rule.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { learnPlan } from "../../bot/operations/firewall/learn-plan.ts";
import type { Firewall, Journal } from "../../bot/operations/firewall/ports.ts";
import { openRequest } from "../../bot/operations/open-request.ts";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { aFirewallRequest, anOpening, approved, aRule, firewallIn, hosts } from "../support/firewall-requests.ts";
import { ctsAt } from "../support/cts.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { workOff } from "../support/firewall-work.ts";
import { watchNft } from "../support/nft-watch.ts";

const stage = firewallStage();

const needsOf = (firewall: Firewall) => ({
  firewall,
  requests: stage.store.requests,
  notices: notices(stage.store.db.withTables()),
  clock: Date.now,
});

function learn(plan: FirewallPlan, firewall: Firewall = stage.world.firewall) {
  const limits = { ...firewallLimits, planMs: 10_000 };
  return learnPlan(needsOf(firewall), aFirewallRequest(plan), AbortSignal.timeout(60_000), limits);
}

const inspect = () => stage.world.firewall.task.inspect(AbortSignal.timeout(30_000));

describe("the plan of a rule that somebody asks for", () => {
  /** Asks for it with what was learnt, and somebody denies it, or the time passes in which it could be decided. */
  async function asked(plan: FirewallPlan, end: "denied" | "expired"): Promise<void> {
    const evidence = await learn(plan);
    if ("refused" in evidence) throw new Error(evidence.message);
    const needs = {
      ...needsOf(stage.world.firewall),
      freezes: stage.store.freezes,
      groupsOf: async () => ["S0PLATFORM"],
      services: new Map(),
      mesh: null,
    };
    const request = aFirewallRequest(plan, { evidence });
    expect(await openRequest(needs, request)).toMatchObject({ state: "pending" });
    const denial = { id: request.id, user: "U0BEN", verdict: "deny", reason: "not today" } as const;
    if (end === "denied") await decideRequest(needs, denial);
    else await passDeadlines({ ...needs, clock: () => request.expiresAt + 1 });
    expect(await firewallIn(stage.store, request.id)).toMatchObject({ state: end });
  }

  test("is Terraform's own, with a probe of the port; afterwards, also when it is denied or expired, Consul is as before and the plan is empty", async () => {
    const [ended] = await workOff(stage.store, stage.world.firewall, [await approved(stage.store, anOpening())]);
    expect(ended).toMatchObject({ state: "applied" });
    const keys = await stage.world.keys();
    const ports = { first: 7000, last: 7000 };
    const evidence = await learn(anOpening({ rule: aRule({ ports }) }));
    expect(evidence).toMatchObject({
      terraform: expect.stringMatching(/\+ f-[a-z2-7]{8} = "tcp from 10\.81\.2\.2\/32 to database port 7000"/),
      probe: { zone: "application", address: hosts.database, port: 7000, seen: { outcome: "silent" } },
      problem: null,
    });
    await asked(anOpening({ rule: aRule({ ports }) }), "denied");
    await asked(anOpening({ rule: aRule({ ports }) }), "expired");
    expect(await stage.world.keys()).toEqual(keys);
    expect(await inspect()).toMatchObject({ changes: false });
    expect(await stage.world.firewall.task.state()).toMatchObject({ enabled: false });
    expect(await enforced(stage.world.place.enter)).toHaveLength(2);
  });

  test("is not applied by who has CTS run at that moment, who is told so; it is learnt all the same", async () => {
    await using nft = await watchNft(stage.inRouter);
    const { task } = stage.world.firewall;
    let byHand: { status: number; body: unknown } | null = null;
    const inspect = async (signal: AbortSignal) => {
      const seen = await task.inspect(signal);
      if (seen.changes && byHand === null) {
        byHand = await ctsAt(stage.world.place.cts).call("PATCH", "/v1/tasks/firewall?run=now", { enabled: true });
      }
      return task.inspect(signal);
    };
    const firewall = { ...stage.world.firewall, task: { ...task, inspect } };
    expect(await learn(anOpening(), firewall)).toMatchObject({
      terraform: expect.stringMatching(/\+ f-[a-z2-7]{8} = "tcp from 10\.81\.2\.2\/32 to database port 5432"/),
    });
    expect(byHand).toMatchObject({ status: 500 });
    expect(JSON.stringify(byHand)).toContain("these rules are not signed");
    expect(await stage.world.keys()).toEqual({});
    // It is enabled still, and hears of what it is taken back to.
    await task.prepare([], AbortSignal.timeout(60_000));
    expect(await nft.seen()).not.toContain("certops");
    await stage.opened();
  });

  test("is refused when CTS plans nothing for it", async () => {
    const { task } = stage.world.firewall;
    const inspect = async () => ({ changes: false, plan: "No changes." });
    expect(await learn(anOpening(), { ...stage.world.firewall, task: { ...task, inspect } })).toMatchObject({
      refused: true,
      code: "firewall-not-heard",
    });
    expect(await stage.world.keys()).toEqual({});
  });

  test("of the first rule leaves nothing behind", async () => {
    expect(await learn(anOpening())).toMatchObject({ terraform: expect.stringContaining("1 to add") });
    expect(await stage.world.keys()).toEqual({});
    expect(await enforced(stage.world.place.enter)).toEqual([]);
  });

  test("that only ends later is not asked for", async () => {
    const plan = { action: "extend", ruleId: "f-abcd2345", rule: aRule(), before: 1, until: 2 } as const;
    expect(await learn(plan)).toMatchObject({ terraform: null, problem: null });
  });

  test("is refused while Consul holds what nobody approved", async () => {
    await stage.world.smuggle('firewall/rules/evil"\n', "x");
    expect(await learn(anOpening())).toMatchObject({
      refused: true,
      code: "firewall-foreign",
      message: 'Consul holds what nobody approved: "firewall/rules/evil\\"\\n". Nothing was applied.',
    });
  });

  test("is refused when a service is not where its rule says", async () => {
    expect(await learn(anOpening({ addresses: { database: ["10.81.3.9"] } }))).toMatchObject({
      refused: true,
      code: "firewall-moved",
    });
    expect(await stage.world.keys()).toEqual({});
  });

  test("is refused in words when CTS is away", async () => {
    stage.world.cts.pause();
    try {
      const task = {
        ...stage.world.firewall.task,
        prepare: () => stage.world.firewall.task.prepare([], AbortSignal.timeout(300)),
      };
      expect(await learn(anOpening(), { ...stage.world.firewall, task })).toMatchObject({
        refused: true,
        code: "cts-down",
      });
    } finally {
      stage.world.cts.resume();
    }
    expect(await stage.world.keys()).toEqual({});
  });
});

describe("what a bot that is gone left in Consul", () => {
  /** A holder that writes its candidate, and is no more. */
  async function cutOff(journal: (candidate: string) => Journal): Promise<void> {
    const { firewall } = stage.world;
    const stopped = new Error("killed");
    const task = {
      ...firewall.task,
      inspect: async () => {
        throw stopped;
      },
    };
    const gate = {
      take: async (signal: AbortSignal) => {
        const held = await firewall.gate.take(signal);
        let dead = false;
        return {
          left: held.left,
          lost: held.lost,
          async write(told: Journal | null) {
            if (told === null) dead = true;
            if (!dead && told) await held.write(journal(told.candidate));
          },
          [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
        };
      },
    };
    let writes = 0;
    const rules = {
      ...firewall.rules,
      async write(change: Parameters<Firewall["rules"]["write"]>[0]) {
        writes += 1;
        // Its way back is cut off.
        return writes === 1 ? firewall.rules.write(change) : true;
      },
    };
    await learn(anOpening(), { ...firewall, task, gate, rules }).catch(() => {});
    expect(Object.keys(await stage.world.keys())).toHaveLength(2);
  }

  test("only to look at it is taken out by whoever takes the gate next", async () => {
    await cutOff((candidate) => ({ kind: "inspect", request: "f-zzzzzzzz", candidate, over: "" }));
    const id = await approved(stage.store, anOpening({ rule: aRule({ ports: { first: 7000, last: 7000 } }) }));
    expect(await workOff(stage.store, stage.world.firewall, [id])).toMatchObject([{ state: "applied" }]);
    expect(Object.keys(await stage.world.keys()).toSorted()).toEqual([`firewall/rules/${id}`, "firewall/seal"]);
  });

  test.each<[string, (request: string) => (candidate: string) => Journal]>([
    ["to apply it", (request) => (candidate) => ({ kind: "run", request, candidate, over: "", revision: 1 })],
    [
      "and was about to replace",
      (request) => (over) => ({ kind: "run", request, candidate: "other keys", over, revision: 2 }),
    ],
  ])("%s is left to the request that applies it, and others are told to wait", async (_, journal) => {
    const other = await approved(stage.store, anOpening());
    await cutOff(journal(other));
    expect(await learn(anOpening({ rule: aRule({ ports: { first: 7000, last: 7000 } }) }))).toMatchObject({
      refused: true,
      code: "firewall-waits",
      message: `${other} is being applied, and has to end first.`,
    });
  });
});

describe("what is put in from outside", () => {
  const end = (service: string): RuleEnd => ({ service });
  const cidr = (text: string): RuleEnd => ({ cidrs: [text] });

  test.each<[string, Partial<ReturnType<typeof aRule>>, Record<string, string[]>, RegExp]>([
    ["a quote in a service", { to: end('db"') }, { 'db"': [] }, /"db\\"" is no name of a service/],
    ["a line end in a service", { to: end("db\nevil") }, { "db\nevil": [] }, /"db\\nevil" is no name of a service/],
    ["a template in a service", { to: end("${file}") }, { "${file}": [] }, /"\$\{file\}" is no name of a service/],
    ["a quote in a network", { from: cidr('10.0.0.0/8" }') }, {}, /is no network/],
    ["nft in a network", { from: cidr("10.0.0.0/8; flush ruleset") }, {}, /is no network/],
    ["a network with host bits", { from: cidr("10.81.2.2/24") }, {}, /is no network/],
    ["a port that is text", { ports: { first: "1 accept" as unknown as number, last: 2 } }, {}, /are no ports/],
    ["a port that is none", { ports: { first: 0, last: 70_000 } }, {}, /are no ports/],
    ["another protocol", { protocol: "tcp }" as "tcp" }, {}, /is neither tcp nor udp/],
    ["an address of the catalog", {}, { database: ["10.81.3.2 } ; accept"] }, /which is no IPv4 address/],
  ])("%s is refused in a clear sentence, and reaches neither HCL nor nft", async (_, rule, addresses, told) => {
    const said = await learn(anOpening({ rule: aRule(rule), addresses: { database: [hosts.database], ...addresses } }));
    expect(said).toMatchObject({ refused: true, code: "firewall-unsafe", message: expect.stringMatching(told) });
    expect(await stage.world.keys()).toEqual({});
  });

  test.each([
    "firewall/rules/a/b",
    'firewall/rules/a" = "b',
    "firewall/rules/a\n",
    "firewall/rules/${1 + 1}",
    "firewall/x",
  ])("a key of somebody else, %j, is named and applied by nobody", async (key) => {
    await stage.world.smuggle(key, Buffer.from(JSON.stringify(aRule())).toString("base64"));
    const id = await approved(stage.store, anOpening());
    const [ended] = await workOff(stage.store, stage.world.firewall, [id]);
    expect(ended).toMatchObject({ state: "failed" });
    expect(ended?.receipt?.problem).toContain(JSON.stringify(key));
    expect(await enforced(stage.world.place.enter)).toEqual([]);
  });
});
