import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { FirewallNotice } from "../../bot/domain/firewall/notices.ts";
import { ruleInForce } from "../support/firewall-asking.ts";
import { aFirewallGround, type FirewallGround } from "../support/firewall-desk.ts";
import { aFirewallRequest, aRule, dayMs } from "../support/firewall-fixtures.ts";
import { aFirewallSlack } from "../support/firewall-slack.ts";
import type { SlackBot } from "../support/slack-bot.ts";
import { until } from "./slack-fixture.ts";

let ground: FirewallGround;
let slack: SlackBot;
let rule: FirewallRequest;
let restored: number;
beforeEach(async () => {
  ground = await aFirewallGround({ now: Date.now() });
  restored = 0;
  slack = await aFirewallSlack(ground, async () => {
    restored += 1;
    return aFirewallRequest({ id: "f-restore2", plan: { action: "restore", rules: [rule.id] }, state: "approved" });
  });
  onTestFinished(() => slack[Symbol.asyncDispose]());
  rule = await ruleInForce(ground, { valid: "10d" });
});

/** As the loops write it. */
async function told(notice: FirewallNotice) {
  const entry = { at: ground.now, actor: "certops", action: "test", subject: rule.id, detail: {} };
  const item = {
    key: `test:${notice.type}`,
    kind: "notice",
    subject: "firewall:test",
    payload: { ...notice },
  } as const;
  await ground.store.audit.append(entry, [item]);
}

const ending = (): FirewallNotice => ({
  type: "firewall-ending",
  id: rule.id,
  rule: aRule(),
  owner: "U0ANA",
  until: ground.now + 10 * dayMs,
});

const pending = () => ground.store.requests.list({ kind: "firewall", states: ["pending"] });
const textOf = (message: object) => JSON.stringify(message);

describe("two weeks before a rule ends", { timeout: 30_000 }, () => {
  test("its owner is asked, and Extend asks for as long as usual, by approval", async () => {
    await told(ending());
    const question = await slack.posted(/firewall_extend/);
    expect(textOf(question)).toContain("<@U0ANA>, the firewall rule");
    const answer = await slack.click(question, "firewall_extend", "U0ANA");
    expect(textOf(await answer.answer())).toContain("Asked for");
    await slack.posted(/Keep service-a → service-b tcp\/8443 open\?/);
    expect(await pending()).toMatchObject([
      { requester: "U0ANA", plan: { action: "extend", ruleId: rule.id, until: ground.now + 100 * dayMs } },
    ]);
  });

  test("Let go by somebody else changes nothing; by its owner the question becomes its answer", async () => {
    await told(ending());
    const question = await slack.posted(/firewall_let_go/);
    const refused = await slack.click(question, "firewall_let_go", "U0DANA");
    expect(textOf(await refused.answer())).toContain("not-owner");
    await slack.click(question, "firewall_let_go", "U0ANA");
    const settled = await slack.posted(/lets `f-[a-z2-7]{8}` go/);
    expect(settled.ts).toBe(question.ts);
    expect(textOf(settled)).not.toContain("action_id");
    expect(await pending()).toEqual([]);
    expect((await ground.store.audit.about(rule.id)).at(-1)).toMatchObject({ action: "firewall.let-go" });
  });
});

test("what came of a click stands in the channel for that person alone, where Slack takes no more answers to it", async () => {
  await told(ending());
  const question = await slack.posted(/firewall_let_go/);
  await slack.workspace.act("/fault", { method: "response_url", kind: "error", error: "expired_url", times: 3 });
  const refused = await slack.click(question, "firewall_let_go", "U0DANA");
  expect(textOf(await refused.answer())).toContain("not-owner");
  const settled = await slack.click(question, "firewall_let_go", "U0ANA");
  expect(await settled.answer()).toMatchObject({ ephemeral: true, text: expect.stringMatching(/lets .* go/) });
});

describe("after a drift", { timeout: 30_000 }, () => {
  test("Re-apply is for those who may approve, and then done at once", async () => {
    await told({ type: "firewall-drift", missing: [rule.id], besides: [], over: null });
    const alarm = await slack.posted(/firewall_reapply/);
    expect(textOf(alarm)).toContain(`It no longer holds \`${rule.id}\``);
    const refused = await slack.click(alarm, "firewall_reapply", "U0ANA");
    expect(textOf(await refused.answer())).toContain("not-approver");
    expect(restored).toBe(0);
    const done = await slack.click(alarm, "firewall_reapply", "U0BEN");
    expect(textOf(await done.answer())).toContain("(`f-restore2`)");
    expect(restored).toBe(1);
  });
});

describe("a list of more rules than a page holds", { timeout: 30_000 }, () => {
  test("is turned by its buttons, with the words it was asked for", async () => {
    for (let port = 9_000; port < 9_030; port += 1) await ruleInForce(ground, { ports: `tcp/${port}` });
    const list = await slack.answer("/firewall list service-b");
    expect(textOf(list)).toContain("31 rules · page 1 of 2");
    await slack.click(list, "answer_next_page", "U0ANA");
    const seen = () => slack.workspace.messages("C0GENERAL", "U0ANA");
    const turned = await until(async () => (await seen()).find((one) => textOf(one).includes("page 2 of 2")));
    expect(turned.ts).toBe(list.ts);
  });
});

describe("a host that the firewall hides", { timeout: 30_000 }, () => {
  const seen = (code: string | null, host = "10.81.3.2", port = 9443) => ({
    endpoint: { id: `${host}:${port}`, host, port },
    code,
  });

  test("comes with a button in the answer, which asks for just that way and a week", async () => {
    ground.seen = [seen("ETIMEDOUT"), seen("ETIMEDOUT", "10.81.1.9"), seen("ECONNREFUSED", "10.81.3.3")];
    const answer = await slack.answer("/cert host 10.81.3.2");
    expect(textOf(answer)).toContain("The firewall keeps certops from looking there");
    expect(textOf(answer).match(/firewall_request_access/g)).toHaveLength(1);
    const clicked = await slack.click(answer, "firewall_request_access_1", "U0ANA");
    expect(textOf(await clicked.answer())).toContain("Asked for");
    await slack.posted(/Open 10\.81\.1\.2 → 10\.81\.3\.2 tcp\/9443\?/);
    expect(await pending()).toMatchObject([
      {
        requester: "U0ANA",
        plan: {
          rule: {
            from: { cidrs: ["10.81.1.2/32"] },
            to: { cidrs: ["10.81.3.2/32"] },
            ports: { first: 9443, last: 9443 },
          },
          until: ground.now + 7 * dayMs,
        },
      },
    ]);
  });

  test("clicked twice it is one request", async () => {
    ground.seen = [seen("ETIMEDOUT")];
    const answer = await slack.answer("/cert host 10.81.3.2");
    await (await slack.click(answer, "firewall_request_access_1", "U0ANA")).answer();
    const again = await slack.click(answer, "firewall_request_access_1", "U0ANA");
    expect(textOf(await again.answer())).toContain("already-open");
    expect(await pending()).toHaveLength(1);
  });

  test("without a host in the firewall's shadow there is no button", async () => {
    ground.seen = [seen("ECONNREFUSED")];
    expect(textOf(await slack.answer("/cert host 10.81.3.2"))).not.toContain("firewall_request_access");
  });
});

describe("a form that was taken and cut off", { timeout: 30_000 }, () => {
  test("is in the store until it is worked, without where its answer goes afterwards", async () => {
    await slack.type("request");
    const view = await until(async () => (await slack.workspace.views("U0ANA"))[0]);
    const held = Promise.withResolvers<void>();
    ground.holds = held.promise;
    const fields = { from: "service-a", to: "service-b", ports: "tcp/8450", reason: "the nightly export" };
    const values = Object.fromEntries(Object.entries(fields).map(([field, value]) => [field, { value }]));
    expect(await slack.workspace.act("/submit", { user: "U0ANA", view_id: view.id, values })).toMatchObject({
      ok: true,
    });
    const kept = await until(async () => {
      const all = await slack.unfinished();
      return all.length > 0 ? all : null;
    });
    expect(kept).toMatchObject([{ work: { kind: "submission", user: "U0ANA", fields: { ports: "tcp/8450" } } }]);
    held.resolve();
    await slack.posted(/tcp\/8450\?/);
    await until(async () => (await slack.unfinished()).length === 0);
  });
});
