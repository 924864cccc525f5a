import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { homes } from "../../bot/adapters/store/homes.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { aHomeWorld, type HomeWorld } from "../support/home-world.ts";
import { startSlackBot } from "../support/slack-bot.ts";
import { aCommit } from "../support/renewal-fixtures.ts";
import { row } from "../support/view-fixtures.ts";
import { signed } from "../support/slack-requests.ts";
import { SECRETS, until } from "./slack-fixture.ts";

let world: HomeWorld;
beforeEach(async () => {
  world = await aHomeWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
});

const published = () =>
  world.bot.workspace.standIn.workspace.feed.calls.filter(({ method, ok }) => method === "views.publish" && ok).length;

/** Something happens that changes no Home tab, and all of them are looked through. */
async function looked(): Promise<void> {
  const before = world.bot.looks();
  await world.bot.workspace.act("/command", { user: "U0ANA", channel: "C0GENERAL", text: "/cert help" });
  await until(() => world.bot.looks() > before);
}

const place = { instance: "l-1", endpoint: "ledger/l-1", owner: "payments" };

/** A signed click in a Home tab as it was before. */
async function late(user: string, action_id: string, value: string): Promise<number> {
  const payload = {
    type: "block_actions",
    trigger_id: randomUUID(),
    user: { id: user },
    team: { id: "T0LAB" },
    view: { id: "V0BEFORE", type: "home" },
    actions: [{ type: "button", action_id, block_id: "b", value }],
  };
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const headers = signed(body, { secret: SECRETS.signingSecret });
  return (await fetch(world.bot.url, { method: "POST", headers, body })).status;
}

/** A signed delivery of one who opened the tab, as Slack sends it. `at`: when it was signed. */
async function opens(user: string, event_id: string, at = Date.now()): Promise<number> {
  const event = { type: "app_home_opened", user, channel: "D0HOME", tab: "home", event_ts: "1.0" };
  const body = JSON.stringify({ type: "event_callback", team_id: "T0LAB", api_app_id: "A0LAB", event_id, event });
  const signature = signed(body, { secret: SECRETS.signingSecret, at });
  const headers = { ...signature, "content-type": "application/json" };
  return (await fetch(world.bot.url, { method: "POST", headers, body })).status;
}

describe("the Home tab", { timeout: 30_000 }, () => {
  test("says of each part in words that there is nothing, and offers what can be asked for", async () => {
    const text = JSON.stringify(await world.open("U0ANA"));
    for (const said of ["✅ Nothing needs you now.", "Nobody waits for a decision.", "✅ Nothing.", "As of "])
      expect(text).toContain(said);
    for (const offer of ["Renew a certificate…", "Allow or deny a call…", "Open a port…"])
      expect(text).toContain(offer);
  });

  test("is opened once by an event that Slack delivers again, signed anew", async () => {
    const kept = homes(world.store.db.withTables());
    const pagesOf = async (user: string) => (await kept.since(0)).find((one) => one.user === user)?.pages;
    const turned = { requests: 0, expiring: 3 };
    expect(await opens("U0ANA", "Ev0ONE")).toBe(200);
    await until(async () => (await pagesOf("U0ANA")) !== undefined);
    await kept.change("U0ANA", { pages: turned }, Date.now());
    expect(await opens("U0ANA", "Ev0ONE", Date.now() + 2_000)).toBe(200);
    await opens("U0BEN", "Ev0BEN");
    await until(async () => (await pagesOf("U0BEN")) !== undefined);
    expect(await pagesOf("U0ANA")).toEqual(turned);
    await opens("U0ANA", "Ev0TWO");
    await until(async () => (await pagesOf("U0ANA"))?.expiring === 0);
  });

  test("never says that all is well of what is unknown", async () => {
    world.unknown = [
      { endpoint: "10.0.0.1:443", serverName: "10.0.0.1", why: "It answers not.", since: 1_700_000_000_000 },
    ];
    const text = JSON.stringify(await world.open("U0ANA"));
    expect(text).toContain("❔ 1 endpoint unknown");
    expect(text).toContain("10.0.0.1:443");
    expect(text).not.toContain("✅");
  });

  test("opens with what waits for this person: buttons where they may decide, their own request as theirs", async () => {
    const id = await world.asked("service-a");
    const ben = JSON.stringify(await world.open("U0BEN", /approve_request/));
    expect(ben).toContain("👉 *1 request* waits for you");
    expect(ben).toContain("Renew service-a?");
    expect(ben).toContain(id);
    const ana = JSON.stringify(await world.open("U0ANA", /You asked for it/));
    expect(ana).not.toContain("approve_request");
    expect(ana).toContain("request_plan");
    const dana = JSON.stringify(await world.open("U0DANA", /1 request waits for others/));
    expect(dana).not.toContain("approve_request");
  });

  test("approving asks once more with the plan in short, decides, and redraws every Home and the message", async () => {
    const id = await world.asked("service-a");
    await world.open("U0ANA", /You asked for it/);
    const view = await world.open("U0BEN", /approve_request/);
    expect(JSON.stringify(view)).toMatch(/"confirm":\{.*service-a\.example\.com · pki\/service-a/);
    expect(await world.press("U0BEN", "approve_request", id)).toMatchObject({ ok: true });
    await world.home("U0BEN", /Under way.*approved by <@U0BEN>/);
    await world.home("U0ANA", /Under way/);
    await world.bot.posted(/⏳ Renewing service-a/);
    expect(await world.stateOf(id)).toBe("approved");
  });

  test("denying asks for the reason first, and without one denies nothing", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /deny_request/);
    await world.press("U0BEN", "deny_request", id);
    await world.modal("U0BEN", /Why not\?/);
    expect(await world.bot.workspace.fillIn("U0BEN", { text: " " })).toMatchObject({ ok: false });
    expect(await world.stateOf(id)).toBe("pending");
    await world.bot.workspace.fillIn("U0BEN", { text: "not while the audit runs" });
    const { blocks } = await world.home("U0BEN", /You denied/);
    expect(JSON.stringify(blocks)).toContain("Nobody waits for a decision");
    expect(await world.bot.workspace.views("U0BEN")).toEqual([]);
    expect(await world.store.requests.find(id)).toMatchObject({
      state: "denied",
      decidedWhy: "not while the audit runs",
    });
  });

  test("who may deny no more gets no form, and is told under the request", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /deny_request/);
    world.members.delete("U0BEN");
    // The tab may be drawn without its buttons at any moment.
    expect(await late("U0BEN", "deny_request", id)).toBe(200);
    const { blocks } = await world.home("U0BEN", /not-approver/);
    const told = blocks.findIndex(({ block_id }) => block_id === "note");
    expect(blocks[told - 1]?.block_id).toBe(`decide-${id}`);
    expect(await world.bot.workspace.views("U0BEN")).toEqual([]);
  });

  test("who left the group between the look and the click is told under the request who may", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /approve_request/);
    world.members.delete("U0BEN");
    // The tab may be drawn without its buttons at any moment.
    expect(await late("U0BEN", "approve_request", id)).toBe(200);
    const { blocks } = await world.home("U0BEN", /not-approver/);
    const told = blocks.findIndex(({ block_id }) => block_id === "note");
    expect(JSON.stringify(blocks[told])).toContain("Ask a member of <!subteam^S0PLATFORM>");
    expect(blocks[told - 1]?.block_id).toBe(`decide-${id}`);
    expect(await world.stateOf(id)).toBe("pending");
  });

  test("the second of two, whose screen was a moment behind, is told who was first", async () => {
    const id = await world.asked("service-a");
    await world.open("U0CHEN", /approve_request/);
    await world.open("U0BEN", /approve_request/);
    await world.press("U0BEN", "approve_request", id);
    await world.home("U0BEN", /Under way/);
    expect(await late("U0CHEN", "deny_request", id)).toBe(200);
    const { blocks } = await world.home("U0CHEN", /was already approved by <@U0BEN>/);
    // It waits no more, so it stands over the lists.
    expect(blocks.findIndex(({ block_id }) => block_id === "note")).toBe(2);
    expect(await world.stateOf(id)).toBe("approved");
  });

  test("what was handed to somebody by name comes first in their tab", async () => {
    const first = await world.asked("service-a");
    const second = await world.asked("service-b");
    const handed = await world.desk.approvals.handOver({ id: second, user: "U0BEN", to: "U0CHEN", text: "" });
    expect(handed).toMatchObject({ id: second });
    const order = async (user: string) => {
      const text = JSON.stringify((await world.open(user, /Handed over 👉 to <@U0CHEN> by <@U0BEN>/)).blocks);
      return text.indexOf(second) < text.indexOf(first);
    };
    expect([await order("U0CHEN"), await order("U0BEN")]).toEqual([true, false]);
  });

  test("snoozed there, with a reason, a certificate says so to all, until somebody wakes it", async () => {
    world.rows = [{ ...row(0), service: "ledger", places: [{ ...place, service: "ledger" }] }];
    await world.open("U0CHEN", /expiry_snooze/);
    await world.open("U0ANA", /expiry_snooze/);
    await world.press("U0ANA", "expiry_snooze", "ledger");
    await world.modal("U0ANA", /Why can it wait/);
    const fields = { until: { value: "7d" }, reason: { value: " " } };
    const form = await world.modal("U0ANA");
    const submit = (values: object) =>
      world.bot.workspace.act("/submit", { user: "U0ANA", view_id: form.id, values: { ...fields, ...values } });
    expect(await submit({})).toMatchObject({ errors: { reason: expect.stringContaining("needs a reason") } });
    expect(await submit({ reason: { value: "it goes on Friday" } })).toMatchObject({ ok: true });
    const { blocks } = await world.home("U0ANA", /Nothing new is told of \*ledger\*/);
    const told = blocks.findIndex(({ block_id }) => block_id === "note");
    expect(JSON.stringify(blocks[told - 2])).toMatch(/😴 Snoozed by <@U0ANA> until .*it goes on Friday/);
    await world.home("U0CHEN", /😴 Snoozed by <@U0ANA>/);
    await world.press("U0CHEN", "expiry_wake", "ledger");
    await world.home("U0CHEN", /is told of again/);
    expect(JSON.stringify(await world.home("U0ANA", /expiry_snooze/))).not.toContain("😴 Snoozed");
  });

  test("a decision by break-glass waits there for who may review it, and is gone once they did", async () => {
    const id = await world.asked("service-a");
    const review = { by: null, at: null, verdict: null, note: "", askedAt: Date.now() };
    const change = { state: "denied", decidedBy: "U0CHEN", decidedWhy: "the key is out", review } as const;
    await world.store.requests.move(id, ["pending"], change, aCommit("denied", id, Date.now()));
    await world.open("U0BEN", /To review.*review_request/);
    expect(JSON.stringify(await world.open("U0CHEN", /To review/))).not.toContain("review_request");
    await world.press("U0BEN", "review_request", id);
    await world.modal("U0BEN", /What did you find/);
    expect(await world.bot.workspace.fillIn("U0BEN", { verdict: "justified", text: "it was out" })).toMatchObject({
      ok: true,
    });
    expect(JSON.stringify(await world.home("U0BEN", /Your review stands/))).not.toContain("To review");
    await world.home("U0CHEN", /^(?!.*To review)/);
    expect(await world.store.requests.find(id)).toMatchObject({ review: { by: "U0BEN", verdict: "justified" } });
  });

  test("who asked cannot decide it by a button that was not theirs to have", async () => {
    const id = await world.asked("service-a");
    await world.open("U0ANA", /You asked for it/);
    expect(await late("U0ANA", "approve_request", id)).toBe(200);
    await world.home("U0ANA", /self-approval/);
    expect(await world.stateOf(id)).toBe("pending");
  });

  test("what was told stays at the next opening, and is gone at the one after", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /approve_request/);
    world.members.delete("U0BEN");
    // The tab may be drawn without its buttons at any moment.
    expect(await late("U0BEN", "approve_request", id)).toBe(200);
    await world.home("U0BEN", /not-approver/);
    const kept = async () => (await homes(world.store.db.withTables()).since(0)).find(({ user }) => user === "U0BEN");
    const before = (await kept())?.openedAt ?? 0;
    await world.open("U0BEN");
    const once = await until(async () => {
      const now = await kept();
      return now && now.openedAt > before && now;
    });
    expect(once.note?.said).toContain("not-approver");
    await world.open("U0BEN");
    await until(async () => !JSON.stringify(await world.bot.workspace.home("U0BEN")).includes("not-approver"));
    expect((await kept())?.note).toBeNull();
  });

  test("of what does not change nothing is published again", async () => {
    await world.asked("service-a");
    await world.open("U0BEN", /approve_request/);
    await looked();
    const before = published();
    for (let time = 0; time < 3; time += 1) await looked();
    expect(published()).toBe(before);
    await world.asked("service-b");
    await looked();
    await world.home("U0BEN", /Renew service-b\?/);
    expect(published()).toBe(before + 1);
  });

  test("thirty requests and a hundred certificates are turned page by page", async () => {
    for (let index = 0; index < 30; index += 1) {
      const name = `service-${index}`;
      const like = world.services.get("ledger");
      if (like) world.services.set(name, { ...like, name });
      await world.asked(name);
    }
    world.rows = Array.from({ length: 100 }, (_, index) => row(index));
    const first = await world.open("U0BEN", /page 1 of 3, 30 in all/);
    expect(first.blocks.length).toBeLessThanOrEqual(100);
    expect(JSON.stringify(first)).toContain("page 1 of 10, 100 in all");
    const onFirst = first.blocks.map(({ block_id }) => block_id).filter((id) => id?.startsWith("r-"));
    expect(onFirst).toHaveLength(10);
    await world.press("U0BEN", "home_next_page", '"requests":1');
    const second = await world.home("U0BEN", /page 2 of 3/);
    const onSecond = second.blocks.map(({ block_id }) => block_id).filter((id) => id?.startsWith("r-"));
    expect(onSecond).toHaveLength(10);
    expect(onSecond.filter((id) => onFirst.includes(id))).toEqual([]);
    // Each list keeps its own page.
    await world.press("U0BEN", "home_next_page", '"expiring":1');
    const both = JSON.stringify(await world.home("U0BEN", /page 2 of 10/));
    expect(both).toContain("page 2 of 3");
  });

  test("a Slack that asks to wait is asked again, and one Home that it refuses keeps no other waiting", async () => {
    await homes(world.store.db.withTables()).opened("U0GONE", Date.now());
    await world.bot.workspace.act("/fault", { kind: "rate_limit", method: "views.publish", retryAfter: 1 });
    expect(await world.open("U0ANA", /What needs attention/)).toMatchObject({ type: "home" });
  });

  test("after a restart an open Home is drawn from the store again", async () => {
    await world.open("U0BEN", /Nobody waits/);
    await world.bot[Symbol.asyncDispose]();
    await world.asked("service-a");
    const { store, services, ground } = world;
    const configured = { services, mesh: null, firewall: ground.needs.firewall };
    await using next = await startSlackBot({ store, desk: world.desk, configured, clock: Date.now });
    const view = await until(() => next.workspace.home("U0BEN"));
    expect(JSON.stringify(view)).toContain("Renew service-a?");
  });
});

describe("a freeze", { timeout: 30_000 }, () => {
  test("stands in the Home tab's refusal under the request", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /approve_request/);
    await freeze(
      { freezes: world.store.freezes, clock: Date.now },
      { scope: "service-a", user: "U0CHEN", reason: "an incident" },
    );
    await world.press("U0BEN", "approve_request", id);
    await world.home("U0BEN", /service-a is frozen by <@U0CHEN>: an incident/);
    expect(await world.stateOf(id)).toBe("pending");
  });
});
