import { describe, expect, onTestFinished, test } from "vitest";
import { anExpiryWorld, day, type ExpiryWorld, leaf } from "../support/expiry-world.ts";
import { anEndpoint, aService, t0 } from "../support/renewal-fixtures.ts";
import type { SlackBot } from "../support/slack-bot.ts";
import { until } from "./slack-fixture.ts";

describe("many at once", { timeout: 30_000 }, () => {
  /** Seven services of one owner whose certificates end a day after one another. */
  async function seven() {
    const world = await anExpiryWorld();
    const names = Array.from({ length: 7 }, (_, index) => `shop-${index + 1}`);
    const shops = names.map((name) =>
      aService({
        name,
        names: [`${name}.example.com`],
        endpoints: [anEndpoint("one", { id: `${name}/one`, service: name, serverName: `${name}.example.com` })],
      }),
    );
    world.estate = { ...world.estate, services: shops };
    const serve = async (left: number, which: string[]) => {
      for (const [index, name] of which.entries()) {
        const changes = { names: [`${name}.example.com`], subject: `CN=${name}.example.com` };
        await world.serve(leaf(`${name} ${left}`, left + index / 10, changes), `${name}/one`);
      }
    };
    await serve(5, names);
    return { world, names, serve };
  }

  test("share a message, written together, however many look at once", async () => {
    const { world, names } = await seven();
    await Promise.all(Array.from({ length: 4 }, () => world.look()));
    expect((await world.notices.standing()).map(({ notice }) => notice.subject).toSorted()).toEqual(names);
    expect(new Set((await world.notices.standing()).map(({ toldIn }) => toldIn)).size).toBe(1);
    expect(await world.told()).toHaveLength(1);
    for (const name of names) {
      expect((await world.store.audit.about(name)).map(({ action }) => action)).toEqual(["expiry.told"]);
    }
    expect(await world.store.audit.verify()).toBeNull();
  });

  test("of which one was told meanwhile are not written in part", async () => {
    const { world, names } = await seven();
    const real = { ...world.notices };
    world.notices.write = async (writes, commit) => {
      Object.assign(world.notices, real);
      const one = writes.filter((each) => each.write === "tell" && each.notice.subject === "shop-4");
      const [alone] = one.map((each) => ({ ...each, id: "shop-4@before", toldIn: "shop-4@before" }));
      await real.write(alone === undefined ? [] : [alone], { audit: commit.audit.slice(0, 1), outbox: [] });
      return real.write(writes, commit);
    };
    await world.look();
    expect(await world.notices.standing()).toMatchObject([{ notice: { subject: "shop-4", level: "7 d" } }]);
    await world.look();
    expect(await world.notices.standing()).toHaveLength(names.length);
  });

  test("have a button each, leave it as they are renewed, and close it", async () => {
    const { world, names, serve } = await seven();
    const slack = await world.slack();
    onTestFinished(() => slack[Symbol.asyncDispose]());
    await world.look();
    const all = await slack.posted(/7 services end soon/);
    const block = all.blocks?.find((one) => JSON.stringify(one).includes("*shop-3*"));
    await slack.click(all, "expiry_renew", "U0ANA", block?.block_id);
    expect(await until(async () => (await world.store.requests.list({ kind: "renewal" }))[0])).toMatchObject({
      service: "shop-3",
    });
    await world.look();
    expect((await slack.posted(/waits for a decision/)).ts).toBe(all.ts);

    world.time.now += 60_000;
    await serve(80, names.slice(0, 4));
    await world.look();
    const left = await slack.posted(/3 of 7 services left/);
    expect(left.ts).toBe(all.ts);
    expect(JSON.stringify(left)).toContain("renewed: `shop-1`, `shop-2`, `shop-3`, `shop-4`");
    world.time.now += 60_000;
    await serve(80, names);
    await world.look();
    const closed = await slack.posted(/Of 7 notices/);
    expect(closed.ts).toBe(all.ts);
    expect(JSON.stringify(closed)).not.toContain("action_id");
    await world.notices.forgetBefore(world.time.now + 1);
    expect(await world.notices.toldIn(`C0CERTS@${t0}`)).toBeNull();
  });
});

describe("in Slack", { timeout: 30_000 }, () => {
  async function inSlack(owners = {}, channel?: string): Promise<{ world: ExpiryWorld; slack: SlackBot }> {
    const world = await anExpiryWorld();
    const slack = await world.slack(owners, channel);
    onTestFinished(() => slack[Symbol.asyncDispose]());
    await world.serve(leaf("ending", 5), "service-a/a-1", "service-a/a-2");
    await world.look();
    return { world, slack };
  }
  const textOf = (message: object) => JSON.stringify(message);

  test("Renew asks for the renewal, and the message then says that it waits", async () => {
    const { world, slack } = await inSlack();
    const notice = await slack.posted(/service-a ends soon/);
    expect(textOf(notice)).toContain("payments: 2 of its certificates end");
    const clicked = await slack.click(notice, "expiry_renew", "U0ANA");
    expect(textOf(await clicked.answer())).toContain("Asked for");
    const [request] = await world.store.requests.list({ kind: "renewal", states: ["pending"] });
    expect(request).toMatchObject({ service: "service-a", requester: "U0ANA" });
    await world.look();
    const redrawn = await slack.posted(/waits for a decision/);
    expect(redrawn.ts).toBe(notice.ts);
    expect(textOf(redrawn)).not.toContain("expiry_renew");
  });

  test("closing redraws the message it has", async () => {
    const { world, slack } = await inSlack();
    const notice = await slack.posted(/service-a ends soon/);
    world.time.now += 60_000;
    await world.serve(leaf("renewed", 90), "service-a/a-1", "service-a/a-2");
    await world.look();
    const closed = await slack.posted(/service-a\* is renewed/);
    expect(closed.ts).toBe(notice.ts);
    expect(textOf(closed)).not.toContain("action_id");
  });

  test("what is over before Slack took it is not posted", async () => {
    const { world, slack } = await inSlack();
    await slack.posted(/service-a ends soon/);
    await slack.workspace.act("/fault", { method: "chat.postMessage", kind: "rate_limit", times: 1, retryAfter: 1 });
    await world.serve(leaf("b ending", 5, { names: ["service-b.example.com"] }), "service-b/b-1");
    await world.look();
    world.time.now += 60_000;
    await world.serve(leaf("b renewed", 90, { names: ["service-b.example.com"] }), "service-b/b-1");
    await world.look();
    await until(async () => (await world.store.outbox.waiting()).count === 0);
    const posted = await slack.workspace.messages("C0CERTS");
    expect(posted.map(textOf).filter((text) => text.includes("service-b"))).toEqual([]);
  });

  test("goes to its owner's channel, and mentions who answers for it", async () => {
    const { slack } = await inSlack({ payments: { channel: "C0CERTS", mention: "S0PLATFORM" } }, "C0GENERAL");
    expect(textOf(await slack.posted(/service-a ends soon/))).toContain("<!subteam^S0PLATFORM>");
  });

  test("stands in the requests' channel where the bot is not in its owner's", async () => {
    const { slack } = await inSlack({ payments: { channel: "C0GENERAL" } });
    expect(textOf(await slack.posted(/service-a ends soon/))).toContain("meant for <#C0GENERAL>");
  });

  test("Snooze asks until when and why, holds until then, and it is told anew after that", async () => {
    const { world, slack } = await inSlack();
    const notice = await slack.posted(/service-a ends soon/);
    await slack.click(notice, "expiry_snooze", "U0ANA");
    const view = await until(async () => (await slack.workspace.views("U0ANA"))[0]);
    const submit = (values: Record<string, string>) =>
      slack.workspace.act("/submit", {
        user: "U0ANA",
        view_id: view.id,
        values: Object.fromEntries(Object.entries(values).map(([field, value]) => [field, { value }])),
      });
    await submit({ until: "next week", reason: "It is switched off on Friday" });
    const refused = await until(async () => (await slack.workspace.views("U0ANA"))[0]?.errors);
    expect(textOf(refused)).toContain("next week says not until when");
    // It was left open for longer than Slack takes answers.
    await slack.workspace.act("/fault", { method: "response_url", kind: "error", error: "expired_url", times: 1 });
    await submit({ until: "2d", reason: "It is switched off on Friday" });
    const seen = () => slack.workspace.messages("C0CERTS", "U0ANA");
    await until(async () => (await seen()).find((one) => one.ephemeral && textOf(one).includes("Nothing new is told")));
    const snoozed = await slack.posted(/Snoozed by <@U0ANA>/);
    expect(snoozed.ts).toBe(notice.ts);
    expect(textOf(snoozed)).toContain("It is switched off on Friday");

    world.time.now = t0 + 1 * day;
    await world.look();
    expect(await world.notices.standing()).toHaveLength(1);
    world.time.now = t0 + 2 * day;
    await world.look();
    const again = await until(async () => {
      const message = await slack.posted(/service-a ends soon/);
      return message.ts !== notice.ts && message;
    });
    expect(textOf(again)).toContain("expiry_snooze");
    await slack.posted(/there is more to tell/);
  });

  test("Wake up ends a snooze, and the message has its buttons again", async () => {
    const { slack } = await inSlack();
    const notice = await slack.posted(/service-a ends soon/);
    expect(textOf(await slack.answer("/cert snooze service-a 30d it is switched off"))).toContain("will have expired");
    const snoozed = await slack.posted(/Snoozed by/);
    await slack.click(snoozed, "expiry_wake", "U0BEN");
    const awake = await slack.posted(/expiry_snooze/);
    expect(awake.ts).toBe(notice.ts);
    expect(textOf(awake)).not.toContain("Snoozed");
  });

  test.each([
    ["/cert snooze service-a 7d", "reason-missing"],
    ["/cert snooze service-a", "missing-argument"],
    ["/cert snooze service-z 7d why not", "not-found"],
    ["/cert snooze service-a 900d for good", "too-long"],
    ["/cert snooze service-a off", "not-snoozed"],
  ])("%s is refused: %s", async (typed, code) => {
    const { slack } = await inSlack();
    expect(textOf(await slack.answer(typed))).toContain(code);
  });
});
