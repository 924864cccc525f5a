import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { signingKey } from "../../bot/adapters/firewall/signing-key.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { readInForce } from "../../bot/operations/firewall/in-force.ts";
import { expireRules } from "../../bot/operations/firewall/expire-rules.ts";
import { serviceFollower } from "../../bot/operations/firewall/follow-services.ts";
import { proposeRestore } from "../../bot/operations/firewall/propose-restore.ts";
import { watchDrift } from "../../bot/operations/firewall/watch-drift.ts";
import { anOpening, approved, aRule, firewallIn, hosts, newFirewallId } from "../support/firewall-requests.ts";
import { eventually } from "../../lab/eventually.ts";
import { enforced } from "../support/firewall-router.ts";
import { firewallStage } from "../support/firewall-stage.ts";
import { firewallAt } from "../support/firewall-world.ts";
import { workOff } from "../support/firewall-work.ts";
import { aCommit } from "../support/renewal-fixtures.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { toldIn } from "../support/told.ts";

const day = 86_400_000;
const stage = firewallStage();
let now: number;

beforeEach(() => {
  now = Date.now();
});

const needs = () => ({
  firewall: stage.world.firewall,
  requests: stage.store.requests,
  freezes: stage.store.freezes,
  notices: notices(stage.store.db.withTables()),
  clock: () => now,
  newId: newFirewallId,
});
const work = (...ids: string[]) => workOff(stage.store, stage.world.firewall, ids);

async function opened(changes: Parameters<typeof anOpening>[0] = {}): Promise<string> {
  const id = await approved(stage.store, anOpening(changes));
  expect(await work(id)).toMatchObject([{ state: "applied" }]);
  return id;
}

const signal = () => AbortSignal.timeout(60_000);

describe("a rule whose end has come", () => {
  test("is closed by the approval that opened it", async () => {
    const id = await opened({ until: now + 3_600_000 });
    expect(await expireRules(needs())).toEqual([]);
    now += 3_600_001;
    const [closing = ""] = await expireRules(needs());
    expect(await firewallIn(stage.store, closing)).toMatchObject({
      state: "approved",
      requester: "certops",
      decidedBy: "U0BEN",
      reason: `Its end has come: the approval of ${id} covers that.`,
      plan: { action: "close", ruleId: id },
    });
    expect(await expireRules(needs())).toEqual([]);
    expect(await workOff(stage.store, stage.world.firewall, [closing], { needs: { clock: () => now } })).toMatchObject([
      { state: "applied" },
    ]);
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    await stage.expectAsApproved();
  });

  test("and somebody extends at that moment is either closed or extended", async () => {
    const id = await opened({ until: now + 3_600_000 });
    const before = (await readInForce(needs())).rules.get(id)?.until ?? null;
    now += 3_600_001;
    const [closing = ""] = await expireRules(needs());
    const extension = { action: "extend", ruleId: id, rule: aRule(), before, until: now + day } as const;
    const extending = await approved(stage.store, extension);
    const ended = await workOff(stage.store, stage.world.firewall, [closing, extending], {
      needs: { clock: () => now },
    });
    // Whichever came first, the other one is void: no rule is told to be open that is closed.
    expect(ended.map(({ state }) => state).toSorted()).toEqual(["applied", "void"]);
    expect((await readInForce(needs())).rules.has(id)).toBe(ended[0]?.state === "void");
    await stage.expectAsApproved();
  });
});

describe("a rule whose end has come is closed by its approval", () => {
  /** Open until the hour is over, which it is now. */
  async function over(): Promise<string> {
    const id = await opened({ until: now + 3_600_000 });
    now += 3_600_001;
    return id;
  }
  const closes = async () => {
    const [closing = ""] = await expireRules(needs());
    const [ended] = await workOff(stage.store, stage.world.firewall, [closing], { needs: { clock: () => now } });
    return ended;
  };

  test("also while its service and everything is frozen, and Consul holds what nobody approved: that is taken out, and told", async () => {
    const id = await over();
    for (const scope of ["database", "*"]) {
      const commit = aCommit("freeze", scope, now);
      await stage.store.freezes.freeze({ scope, by: "U0DANA", reason: "an audit", at: now }, commit);
    }
    await stage.world.smuggle("firewall/rules/evil", "x");
    expect(await closes()).toMatchObject({
      state: "applied",
      reason: `Its end has come: the approval of ${id} covers that. U0DANA's freeze does not hold it back: an end was promised.`,
    });
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"] },
    ]);
    expect(await enforced(stage.world.place.enter)).toEqual([]);
    expect(Object.keys(await stage.world.keys())).toEqual(["firewall/seal"]);
    await stage.expectAsApproved();
  });

  test("also while another rule's service is outside its zone: that rule stays as it was approved", async () => {
    const other = await stage.opened({ ports: { first: 7000, last: 7000 } });
    const rule = aRule({ to: { cidrs: [`${hosts.database}/32`] } });
    await opened({ rule, addresses: {}, until: now + 3_600_000 });
    now += 3_600_001;
    await stage.world.register("database", ["10.81.4.9"]);
    expect(await closes()).toMatchObject({ state: "applied", receipt: { pinned: ["database"], problem: null } });
    expect((await stage.world.firewall.router?.ruleset())?.rules).toEqual([other]);
    expect(await enforced(stage.world.place.enter)).toEqual([expect.stringContaining(`ip daddr ${hosts.database} `)]);
    await stage.expectAsApproved();
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([]);

    // What comes after it is where it was again follows the catalog as before.
    await stage.world.register("database", [hosts.database]);
    await stage.opened({ ports: { first: 5431, last: 5431 } });
    expect(await enforced(stage.world.place.enter)).toContain(`database: ${hosts.database}`);
    await stage.expectAsApproved();
  });
});

describe("a service that moves", () => {
  test("inside its zone is followed by a standing approval", async () => {
    const id = await opened();
    const follower = serviceFollower(needs());
    await stage.world.register("database", ["10.81.3.3"]);
    await follower.look();
    expect(await stage.store.requests.list({ kind: "firewall", states: ["approved"] })).toEqual([]);
    await follower.look();
    await follower.look();
    const [following] = await stage.store.requests.list({ kind: "firewall", states: ["approved"] });
    expect(following).toMatchObject({
      requester: "certops",
      decidedBy: "U0BEN",
      reason: `It moved inside its zone: the approval of ${id} covers that.`,
      plan: { action: "follow", service: "database", before: [hosts.database], after: ["10.81.3.3"] },
    });
    const [ended] = await workOff(stage.store, stage.world.firewall, [following?.id ?? ""], {
      limits: { provenMs: 300 },
    });
    expect(ended).toMatchObject({ state: "applied" });
    expect(await enforced(stage.world.place.enter)).toContain("database: 10.81.3.3");
    await stage.expectAsApproved();
  });

  test("out of it is told once and not followed, and nothing else can be changed until it is back", async () => {
    const id = await opened();
    await toldIn(stage.store, "alert");
    const follower = serviceFollower(needs());
    await stage.world.register("database", ["10.81.4.9"]);
    for (let looks = 0; looks < 3; looks += 1) await follower.look();
    expect(await toldIn(stage.store, "alert")).toEqual([
      {
        type: "firewall-moved",
        service: "database",
        before: [hosts.database],
        after: ["10.81.4.9"],
        why: `${id} was approved for database in database, and 10.81.4.9 is in outside.`,
        rules: [id],
      },
    ]);
    await stage.expectAsApproved();
    const other = await approved(
      stage.store,
      anOpening({ rule: aRule({ to: { cidrs: [`${hosts.database}/32`] } }), addresses: {} }),
    );
    expect(
      await workOff(stage.store, stage.world.firewall, [other], { limits: { patienceMs: 500, againMs: 100 } }),
    ).toMatchObject([
      {
        state: "failed",
        receipt: { problem: expect.stringContaining("database is at 10.81.4.9 now, and was at 10.81.3.2") },
      },
    ]);
    await stage.world.register("database", [hosts.database]);
    await follower.look();
    expect(await toldIn(stage.store, "alert")).toEqual([]);
  });
});

describe("a router that somebody changed behind the bot's back", () => {
  test("is told once; the rules are applied once more at a click, and then it is over", async () => {
    const id = await opened();
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([]);
    await stage.world.router("nft", "flush chain inet certops flows");
    await watchDrift(needs(), signal());
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([
      { type: "firewall-drift", missing: [id], besides: [], gaps: [], aside: [], over: null },
    ]);

    const restoring = await proposeRestore(needs(), { user: "U0BEN" });
    expect(restoring).toMatchObject({
      state: "approved",
      decidedBy: "U0BEN",
      plan: { action: "restore", rules: [id] },
    });
    const [ended] = "id" in restoring ? await work(restoring.id) : [];
    expect(ended).toMatchObject({ state: "applied", receipt: { problem: null } });
    expect(ended?.receipt?.revision).toBeGreaterThan((await firewallIn(stage.store, id)).receipt?.revision ?? 0);
    await stage.expectAsApproved();
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "notice")).toMatchObject([{ type: "firewall-drift", over: now }]);
  });

  test("with a rule besides is told, also when it was there already as the last run was proven", async () => {
    await stage.world.router(
      "nft",
      "add table inet certops; add chain inet certops flows; add counter inet certops rule-evil",
    );
    await stage.world.router("nft", "add rule inet certops flows tcp dport 9301 counter name rule-evil accept");
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([
      { type: "firewall-drift", missing: [], besides: ["evil"], gaps: [], aside: [], over: null },
    ]);
  });

  test("by another table, or so that it drops nothing any more, is told as that; Re-apply takes what it left for known", async () => {
    const redirect = (port: number) =>
      `add table ip aside; add chain ip aside pre { type nat hook prerouting priority -100; }; add rule ip aside pre tcp dport ${port} dnat to 10.81.3.9`;
    onTestFinished(async () => void (await stage.world.router("nft", "add table ip aside; delete table ip aside")));
    await stage.world.router("nft", redirect(80));
    await opened();
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([]);
    await stage.world.router("nft", redirect(81));
    await watchDrift(needs(), signal());
    const told = { type: "firewall-drift", missing: [], besides: [], over: null };
    expect(await toldIn(stage.store, "alert")).toEqual([{ ...told, gaps: [], aside: ["ip aside: dnat"] }]);
    await stage.world.router("nft", "delete table inet certops");
    await watchDrift(needs(), signal());
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toEqual([{ ...told, gaps: ["no-table"], aside: ["ip aside: dnat"] }]);
    const restoring = await proposeRestore(needs(), { user: "U0BEN" });
    expect("id" in restoring ? await work(restoring.id) : []).toMatchObject([{ state: "applied" }]);
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "notice")).toMatchObject([{ over: now }, { over: now }]);
  });

  test("with a key in Consul that nobody approved: told, and put back at a click", async () => {
    await opened();
    await stage.world.smuggle("firewall/rules/evil", "x");
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "alert")).toMatchObject([
      { type: "firewall-smuggled", keys: ["firewall/rules/evil"] },
    ]);
    const restoring = await proposeRestore(needs(), { user: "U0BEN" });
    const [ended] = "id" in restoring ? await work(restoring.id) : [];
    expect(ended).toMatchObject({ state: "applied" });
    expect(Object.keys(await stage.world.keys())).toHaveLength(2);
    await watchDrift(needs(), signal());
    expect(await toldIn(stage.store, "notice")).toMatchObject([{ type: "firewall-smuggled", over: now }]);
  });

  test("a task of CTS that somebody enabled is disabled, and one that CTS has forgotten is posted again", async () => {
    await opened();
    await fetch(`${stage.world.place.cts}/v1/tasks/firewall`, {
      method: "PATCH",
      body: JSON.stringify({ enabled: true }),
      headers: { "content-type": "application/json" },
    });
    expect(await stage.world.firewall.task.state()).toMatchObject({ enabled: true });
    await watchDrift(needs(), signal());
    expect(await stage.world.firewall.task.state()).toMatchObject({ enabled: false });

    const gone = async () =>
      (await fetch(`${stage.world.place.cts}/v1/tasks/firewall`, { method: "DELETE" })).status === 404 || null;
    await eventually("the task to be gone", gone, signal());
    expect(await stage.world.firewall.task.state()).toBeNull();
    await watchDrift(needs(), signal());
    expect(await stage.world.firewall.task.state()).toMatchObject({ enabled: false });
    expect(await stage.world.firewall.task.inspect(signal())).toMatchObject({ changes: false });
  });

  test("a task that goes by a key of before is given the present one at the first look, and not only with the next change", async () => {
    await opened();
    using folder = temporaryFolder();
    const { firewall, probers } = firewallAt({ ...stage.world.place, key: folder.path });
    using _probers = probers;
    const keyOfTask = async () => {
      const answer = await fetch(`${stage.world.place.cts}/v1/tasks/firewall`);
      const { task } = (await answer.json()) as { task: { variables: Record<string, string> } };
      return task.variables["public_key"];
    };
    const { publicKey } = signingKey(folder.path);
    expect(await keyOfTask()).not.toContain(publicKey);
    await watchDrift({ ...needs(), firewall }, signal());
    expect(await keyOfTask()).toContain(publicKey);
    expect(await toldIn(stage.store, "alert")).toEqual([]);
  });
});
