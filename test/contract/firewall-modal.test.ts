import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { refuse } from "../../bot/domain/refusal.ts";
import { Failure } from "../../bot/errors.ts";
import { aFirewallGround, type FirewallGround } from "../support/firewall-desk.ts";
import { aFirewallSlack } from "../support/firewall-slack.ts";
import type { SlackBot } from "../support/slack-bot.ts";
import { until } from "./slack-fixture.ts";

let ground: FirewallGround;
let slack: SlackBot;
beforeEach(async () => {
  ground = await aFirewallGround({ now: Date.now() });
  slack = await aFirewallSlack(ground);
  onTestFinished(() => slack[Symbol.asyncDispose]());
});

/** Opens the form as ana. */
async function form() {
  expect(await slack.type("request")).toMatchObject({ ok: true });
  return until(async () => (await slack.workspace.views("U0ANA"))[0]);
}

/** Fills it in and submits it; texts by field. */
async function submit(fields: Record<string, string>, view?: { id: string }) {
  const { id } = view ?? (await form());
  const filled = { from: "service-a", to: "service-b", ports: "tcp/8443", reason: "the nightly export", ...fields };
  const values = Object.fromEntries(Object.entries(filled).map(([field, value]) => [field, { value }]));
  return slack.workspace.act("/submit", { user: "U0ANA", view_id: id, values });
}

const requests = () => ground.store.requests.list({ kind: "firewall" });

describe("the form of /firewall request", { timeout: 30_000 }, () => {
  test("opens where nothing else is typed, with who asks as the owner", async () => {
    const view = await form();
    expect(view).toMatchObject({ callback_id: "firewall_request", title: { text: "Request a firewall rule" } });
    expect(JSON.stringify(view.state)).toContain('"selected_user":"U0ANA"');
  });

  test("filled in well it closes, the request stands in the channel, and who asked is told", async () => {
    expect(await submit({ ticket: "OPS-1", owner: "U0CHEN", valid: "30d" })).toMatchObject({ ok: true });
    expect(await slack.workspace.views("U0ANA")).toEqual([]);
    const message = await slack.posted(/Open service-a → service-b tcp\/8443\?/);
    expect(JSON.stringify(message)).toContain("the nightly export");
    expect(await requests()).toMatchObject([
      { requester: "U0ANA", plan: { owner: "U0CHEN", ticket: "OPS-1", until: ground.now + 30 * 86_400_000 } },
    ]);
    const told = await until(async () => (await slack.workspace.messages("C0GENERAL", "U0ANA"))[0]);
    expect(told).toMatchObject({ ephemeral: true });
    expect(JSON.stringify(told)).toContain("Asked for");
  });

  test("what is wrong is told at its field, the form stays as it was filled in, and mended it is taken", async () => {
    const view = await form();
    const wrong = await submit({ from: "servce-a", to: "idle", ports: "tcp/8443" }, view);
    expect(wrong).toMatchObject({
      ok: false,
      error: "refused_by_app",
      errors: {
        from: "Neither a service of Consul's catalog nor a zone is called servce-a. Did you mean service-a?",
        to: expect.stringMatching(/^idle has no healthy instance/),
      },
    });
    expect(await requests()).toEqual([]);
    expect(await submit({}, view)).toMatchObject({ ok: true });
    await slack.posted(/Open service-a/);
    expect(await requests()).toHaveLength(1);
  });

  test.each([
    ["ports", "tcp/23", "Port 23 may not be opened."],
    ["ports", 'tcp/"8443', 'tcp/"8443 is no port.'],
    ["valid", "400d", "It would be open for 400 d"],
    ["valid", "${1}", "${1} says not until when."],
    ["to", "outside", "nothing"],
    ["to", 'service-b"\n}', "is no name of a service."],
    ["ticket", "a b", "a b is no ticket's number."],
  ])("%s %j is refused there: %s", async (field, value, said) => {
    // From the database's zone nothing may reach the outside.
    const from = value === "outside" ? { from: "service-b" } : {};
    const told = value === "outside" ? "may never meet" : said;
    const answer = await submit({ ...from, [field]: value });
    expect(answer).toMatchObject({ ok: false, errors: { [field]: expect.stringContaining(told) } });
    expect(await requests()).toEqual([]);
  });

  test("what is allowed already is told with the packet", async () => {
    expect(await submit({})).toMatchObject({ ok: true });
    const [request] = await until(async () => ((await requests()).length > 0 ? requests() : null));
    await slack.posted(/Open service-a/);
    expect(request).toBeDefined();
    // Open, but not decided: the same once more is refused when it is worked.
    expect(await submit({})).toMatchObject({ ok: true });
    const told = await until(async () => (await slack.workspace.messages("C0GENERAL", "U0ANA"))[1]);
    expect(JSON.stringify(told)).toContain("already-open");
  });

  test("a Consul that is away is said over the form, which is still there", async () => {
    const view = await form();
    ground.consulIs = new Failure("consul-down", "Consul cannot be reached.", "See whether it runs.");
    expect(await submit({}, view)).toMatchObject({ ok: true });
    const stack = await slack.workspace.views("U0ANA");
    expect(stack).toMatchObject([{ id: view.id }, { title: { text: "Not asked yet" } }]);
    expect(JSON.stringify(stack[1])).toContain("Consul cannot be reached.");
    expect(await requests()).toEqual([]);
  });

  test("what Terraform refuses is told to who asked, where the command was typed", async () => {
    ground.learns = refuse("cts-down", "CTS does not answer.", "See whether it runs.");
    expect(await submit({})).toMatchObject({ ok: true });
    const told = await until(async () => (await slack.workspace.messages("C0GENERAL", "U0ANA"))[0]);
    expect(JSON.stringify(told)).toContain("CTS does not answer.");
  });

  test("a check that hangs does not keep Slack waiting", async () => {
    const view = await form();
    ground.hangs = true;
    expect(await submit({}, view)).toMatchObject({ ok: true });
    expect(JSON.stringify(await slack.workspace.views("U0ANA"))).toContain("did not answer within 2 s");
  });

  test("an empty field is kept back by Slack itself", async () => {
    expect(await submit({ reason: "" })).toMatchObject({
      ok: false,
      error: "incomplete",
      errors: { reason: expect.any(String) },
    });
  });
});

describe("the buttons", { timeout: 30_000 }, () => {
  test("approve needs somebody else with the role; then the work is queued", async () => {
    await slack.answer("request service-a service-b tcp/8443 90d the nightly export");
    const message = await slack.posted(/approve_request/);
    for (const user of ["U0ANA", "U0DANA"]) {
      const refused = await slack.click(message, "approve_request", user);
      expect(JSON.stringify(await refused.answer())).toMatch(/self-approval|not-approver/);
    }
    await slack.click(message, "approve_request", "U0BEN");
    await slack.posted(/⏳ Opening service-a → service-b tcp\/8443/);
    expect(await requests()).toMatchObject([{ state: "approved", decidedBy: "U0BEN" }]);
  });

  test("for good takes two: after the first the message says so, and the first cannot be the second", async () => {
    await slack.answer("request service-a service-b tcp/8443 forever the nightly export");
    const message = await slack.posted(/have to approve/);
    await slack.click(message, "approve_request", "U0BEN");
    const half = await slack.posted(/one more has to/);
    expect(half.ts).toBe(message.ts);
    expect(await requests()).toMatchObject([{ state: "pending", approvals: [{ user: "U0BEN" }] }]);
    const again = await slack.click(half, "approve_request", "U0BEN");
    expect(JSON.stringify(await again.answer())).toContain("already-approved");
    await slack.click(half, "approve_request", "U0CHEN");
    await slack.posted(/⏳ Opening/);
    expect(await requests()).toMatchObject([
      { state: "approved", decidedBy: "U0CHEN", approvals: [{ user: "U0BEN" }, { user: "U0CHEN" }] },
    ]);
  });
});
