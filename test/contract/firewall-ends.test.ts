import { beforeEach, describe, expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { notices } from "../../bot/adapters/store/notices.ts";
import { newFirewallReceipt } from "../../bot/domain/firewall/firewall-request.ts";
import { expireRules } from "../../bot/operations/firewall/expire-rules.ts";
import { warnOfEnds } from "../../bot/operations/firewall/warn-of-ends.ts";
import {
  aFirewallPolicy,
  aFirewallRequest,
  anOpening,
  approved,
  aRule,
  firewallIn,
  newFirewallId,
} from "../support/firewall-requests.ts";
import { aCommit, aStore } from "../support/renewal-fixtures.ts";
import { toldIn } from "../support/told.ts";

const day = 86_400_000;
let store: Store;
let now: number;
beforeEach(async () => {
  now = Date.now();
  store = await aStore(() => now);
});

const needs = () => ({
  firewall: { policy: aFirewallPolicy() },
  requests: store.requests,
  freezes: store.freezes,
  notices: notices(store.db.withTables()),
  clock: () => now,
  newId: newFirewallId,
});

/** As if its work were done. */
async function end(id: string, state: "applied" | "failed"): Promise<void> {
  expect(await store.jobs.claim("test", now + 1_000, 1_000)).toMatchObject({ request: id });
  const receipt = { ...newFirewallReceipt, revision: state === "applied" ? 1 : null };
  await store.jobs.finish(id, "test", { state, receipt }, aCommit(state, id, now));
}

/** A rule in force, and its id. */
async function opened(until: number): Promise<string> {
  const id = await approved(store, anOpening({ until }));
  await end(id, "applied");
  await toldIn(store, "notice");
  return id;
}

describe("the closing of a rule whose end has come", () => {
  test("is opened again a little after it failed, and ever later the more often it does", async () => {
    await opened(now + day);
    now += day;
    const waits = [];
    for (let times = 0; times < 7; times += 1) {
      const [closing = ""] = await expireRules(needs());
      await end(closing, "failed");
      const since = now;
      while ((await expireRules({ ...needs(), requests: onlyLooking() })).length === 0) now += 5_000;
      waits.push((now - since) / 1_000);
    }
    expect(waits).toEqual([15, 30, 60, 120, 240, 300, 300]);
  });

  test("is opened though somebody has asked for just that, and nobody decided", async () => {
    const id = await opened(now + day);
    const asked = aFirewallRequest({ action: "close", ruleId: id, rule: aRule() });
    await store.requests.open(asked, aCommit("opened", asked.id, now));
    now += day;
    expect(await expireRules(needs())).toHaveLength(1);
    expect(await firewallIn(store, asked.id)).toMatchObject({ state: "void" });
  });

  test("is opened and begun while everything is frozen; what only now would be opened is not", async () => {
    const id = await opened(now + day);
    now += day;
    await store.freezes.freeze({ scope: "*", by: "U0DANA", reason: "an audit", at: now }, aCommit("freeze", "*", now));
    const other = aFirewallRequest(anOpening({ rule: aRule({ ports: { first: 1, last: 1 } }) }));
    expect(await store.requests.open(other, { ...aCommit("opened", other.id, now), job: true })).toBe(false);
    const [closing = ""] = await expireRules(needs());
    expect(await firewallIn(store, closing)).toMatchObject({
      plan: { ruleId: id },
      reason: expect.stringContaining("U0DANA's freeze does not hold it back"),
    });
    expect(await store.jobs.claim("test", now, 1_000)).toMatchObject({ request: closing });
  });
});

/** Says whether it would be opened, and opens nothing. */
const onlyLooking = () => ({ ...store.requests, open: async () => true });

describe("before a rule's end its owner is asked, once for each end", () => {
  test.each([
    ["90 days", 90, 14.1, 13.9],
    ["ten days", 10, 2.1, 1.9],
    ["an hour", 1 / 24, 0.21 / 24, 0.19 / 24],
  ])("of one that is open for %s", async (_, life, before, last) => {
    const until = now + life * day;
    const id = await opened(until);
    now = until - before * day;
    await warnOfEnds(needs());
    expect(await toldIn(store, "notice")).toEqual([]);
    now = until - last * day;
    await warnOfEnds(needs());
    await warnOfEnds(needs());
    expect(await toldIn(store, "notice")).toEqual([
      { type: "firewall-ending", id, rule: aRule(), owner: "payments", until },
    ]);
  });

  test("nobody, where there is no time to answer", async () => {
    const until = now + 200_000;
    await opened(until);
    now = until - 1_000;
    await warnOfEnds(needs());
    expect(await toldIn(store, "notice")).toEqual([]);
  });
});
