import { describe, expect, test } from "vitest";
import { type ApprovalSlack, anApprovalSlack, asked, textOf } from "../support/approval-slack.ts";
import { click, replies, signed } from "../support/slack-requests.ts";
import { SECRETS, until } from "./slack-fixture.ts";

const minute = 60_000;
const open = (slack: ApprovalSlack, user: string) => until(async () => (await slack.workspace.views(user))[0]);

describe("a denial", { timeout: 30_000 }, () => {
  test("asks for its reason in a form, and the message says it", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "deny_request", "U0BEN");
    const form = await open(slack, "U0BEN");
    expect(form).toMatchObject({ title: { text: "Deny" } });
    expect(JSON.stringify(form.blocks)).toContain(`\`${id}\`, a renewal of service-a`);

    expect(await slack.workspace.fillIn("U0BEN", { text: "" })).toMatchObject({ ok: false, error: "incomplete" });
    expect(await slack.workspace.fillIn("U0BEN", { text: "   " })).toMatchObject({ ok: false });
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "pending" });

    const told = await slack.told("U0BEN", () => slack.workspace.fillIn("U0BEN", { text: "not during the <audit>" }));
    expect(textOf(told)).toContain("You denied");
    expect(await slack.workspace.views("U0BEN")).toEqual([]);
    const denied = textOf(await slack.message(/Renewal of service-a denied/));
    expect(denied).toContain("Denied by <@U0BEN>");
    expect(denied).toContain(">not during the &lt;audit&gt;");
    expect((await slack.store.audit.about(id)).at(-1)).toMatchObject({
      action: "request.denied",
      detail: { reason: "not during the <audit>" },
    });
  });

  test("may be typed in one line", async () => {
    const slack = await anApprovalSlack();
    const { id } = await asked(slack);
    expect(textOf(await slack.type(`/approvals deny ${id} ask on Monday`, "U0CHEN"))).toContain("You denied");
    expect(textOf(await slack.message(/denied/))).toContain(">ask on Monday");
  });

  test("typed without a reason opens no form for who may not, nor of what is decided", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    expect(textOf(await slack.type(`/approvals deny ${id}`, "U0DANA"))).toContain("not-approver");
    expect(textOf(await slack.type(`/approvals break-glass ${id}`, "U0BEN"))).toContain("no-break-glass");
    expect([...(await slack.workspace.views("U0DANA")), ...(await slack.workspace.views("U0BEN"))]).toEqual([]);
    await slack.workspace.act("/command", { user: "U0CHEN", channel: "C0CERTS", text: `/approvals deny ${id}` });
    expect(await open(slack, "U0CHEN")).toMatchObject({ title: { text: "Deny" } });
    await slack.click(message, "approve_request", "U0CHEN");
    await slack.message(/⏳ Renewing service-a/);
    expect(textOf(await slack.type(`/approvals deny ${id}`, "U0BEN"))).toContain("was already approved by <@U0CHEN>");
    expect(await slack.workspace.views("U0BEN")).toEqual([]);
  });

  test("in a form that was open while another one decided says who did, and changes nothing", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "deny_request", "U0BEN");
    await open(slack, "U0BEN");
    await slack.click(message, "approve_request", "U0CHEN");
    await slack.message(/⏳ Renewing service-a/);
    await slack.workspace.fillIn("U0BEN", { text: "too late" });
    const over = (await slack.workspace.views("U0BEN")).at(-1);
    expect(over).toMatchObject({ title: { text: "Nothing was changed" } });
    expect(JSON.stringify(over?.blocks)).toContain(`${id} is approved already, by <@U0CHEN>.`);
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "approved", decidedBy: "U0CHEN" });
  });

  test("in a form that was open past the deadline says that it expired", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "deny_request", "U0BEN");
    await open(slack, "U0BEN");
    slack.time.now += 61 * minute;
    await slack.workspace.fillIn("U0BEN", { text: "too late" });
    expect(JSON.stringify((await slack.workspace.views("U0BEN")).at(-1)?.blocks)).toContain(
      `${id} expired before anybody decided it.`,
    );
    await slack.message(/Renewal of service-a expired/);
  });

  test("of somebody who left the group while the form was open is refused over the form, which stays", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "deny_request", "U0BEN");
    const form = await open(slack, "U0BEN");
    slack.members.platform = ["U0CHEN"];
    await slack.workspace.fillIn("U0BEN", { text: "I am still here" });
    const [under, over] = await slack.workspace.views("U0BEN");
    expect(under?.id).toBe(form.id);
    expect(JSON.stringify(over?.blocks)).toContain("You may not decide requests for service-a.");
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "pending" });
  });

  test("sent twice, or where its answer's address is over, is taken once and answered in the channel", async () => {
    const slack = await anApprovalSlack();
    const { id } = await asked(slack);
    const view = {
      type: "modal",
      callback_id: "request_deny",
      private_metadata: JSON.stringify({ id, responseUrl: `${slack.workspace.standIn.url}/response/gone` }),
      state: { values: { text: { value: { type: "plain_text_input", value: "no longer" } } } },
    };
    const payload = {
      type: "view_submission",
      trigger_id: "1.2.3",
      user: { id: "U0BEN" },
      team: { id: "T0LAB" },
      view,
    };
    const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
    const send = () =>
      fetch(slack.url, { method: "POST", body, headers: signed(body, { secret: SECRETS.signingSecret }) });
    const told = await slack.told("U0BEN", async () => expect((await send()).status).toBe(200));
    expect(textOf(told)).toContain("You denied");
    expect((await send()).status).toBe(200);
    expect((await slack.store.audit.about(id)).map(({ action }) => action)).toEqual([
      "request.pending",
      "request.denied",
    ]);
  });

  test("whose form cannot be opened in time is said to be, with the line to type", async () => {
    const slack = await anApprovalSlack();
    const { id } = await asked(slack);
    await using inbox = await replies();
    const late = click("deny_request", id, { user: "U0BEN", responseUrl: inbox.url });
    const headers = signed(late, { secret: SECRETS.signingSecret });
    await slack.workspace.act("/fault", { kind: "error", method: "views.open", error: "expired_trigger_id", times: 1 });
    expect((await fetch(slack.url, { method: "POST", body: late, headers })).status).toBe(200);
    expect((await inbox.next(1))[0]?.text).toContain(
      `/approvals deny ${id} <reason>`.replace("<reason>", "&lt;reason&gt;"),
    );
  });
});
