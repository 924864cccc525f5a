import { describe, expect, test } from "vitest";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { anApprovalSlack, asked, textOf } from "../support/approval-slack.ts";

const minute = 60_000;

describe("a deadline", { timeout: 30_000 }, () => {
  const staged = {
    remindMs: 10 * minute,
    escalation: [{ users: [], groups: ["S0LEADS"], rotas: [], deadlineMs: 30 * minute }],
  };

  test("is reminded of, asks the next ones, who may then decide, and the first ones still may", async () => {
    const slack = await anApprovalSlack(staged);
    const { message, id } = await asked(slack);
    expect(textOf(message)).toContain("<!subteam^S0LEADS> may decide as well, for 30 m");
    const early = await slack.told("U0DANA", () => slack.click(message, "approve_request", "U0DANA"));
    expect(textOf(early)).toContain("not-approver");

    slack.time.now += 51 * minute;
    expect(await passDeadlines(slack.needs)).toEqual([]);
    await passDeadlines(slack.needs);
    await slack.notice(/⏰ <!subteam\^S0PLATFORM>: .* still waits for you/);

    slack.time.now += 10 * minute;
    expect(await passDeadlines(slack.needs)).toEqual([]);
    await slack.notice(/📣 <!subteam\^S0LEADS>: nobody decided .* in time/);
    const now = await slack.message(/<!subteam\^S0PLATFORM>, <!subteam\^S0LEADS>/);
    expect(now.ts).toBe(message.ts);
    expect((await slack.store.audit.about(id)).map(({ action }) => action)).toEqual([
      "request.pending",
      "request.click-refused",
      "request.reminded",
      "request.escalated",
    ]);
    await slack.click(now, "approve_request", "U0DANA");
    await slack.message(/⏳ Renewing service-a/);
  });

  test("reminds who it was handed to first, and the others once half of what was left has passed", async () => {
    const slack = await anApprovalSlack(staged);
    const { message, id } = await asked(slack);
    await slack.type(`/approvals hand-over ${id} U0CHEN`, "U0BEN");
    expect(textOf(await slack.message(/Handed over.*👉 to <@U0CHEN> by <@U0BEN>/))).toContain("approve_request");
    const reminders = async () =>
      (await slack.workspace.messages("C0CERTS")).filter((one) => /⏰/.test(textOf(one))).map(textOf);
    slack.time.now += 51 * minute;
    await passDeadlines(slack.needs);
    await passDeadlines(slack.needs);
    await slack.notice(/⏰ <@U0CHEN>, to whom it was handed: .* still waits for you/);
    expect(await reminders()).toHaveLength(1);
    slack.time.now += 5 * minute;
    await passDeadlines(slack.needs);
    await passDeadlines(slack.needs);
    await slack.notice(/⏰ <@U0CHEN>, to whom it was handed, and <!subteam\^S0PLATFORM> as well: /);
    expect(await reminders()).toHaveLength(2);
    // The right to decide stays the policy's.
    await slack.click(message, "approve_request", "U0BEN");
    await slack.message(/⏳ Renewing service-a/);
  });

  test("of each stage is reminded of once", async () => {
    const slack = await anApprovalSlack(staged);
    const { id } = await asked(slack);
    for (const step of [51, 10, 21, 1]) {
      slack.time.now += step * minute;
      await passDeadlines(slack.needs);
    }
    expect((await slack.store.audit.about(id)).map(({ action }) => action)).toEqual([
      "request.pending",
      "request.reminded",
      "request.escalated",
      "request.reminded",
    ]);
    await slack.notice(/⏰ <!subteam\^S0PLATFORM>, <!subteam\^S0LEADS>: .* still waits for you/);
  });

  test("the last one ends it, once, and nobody is called to what has ended", async () => {
    const slack = await anApprovalSlack(staged);
    const { id } = await asked(slack);
    slack.time.now += 61 * minute;
    await passDeadlines(slack.needs);
    slack.time.now += 31 * minute;
    expect(await Promise.all([passDeadlines(slack.needs), passDeadlines(slack.needs)])).toEqual([[id], []]);
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "expired", stage: 1, decidedBy: null });
  });

  test("that passed unseen, with the bot away or its clock ahead, loses nobody's turn", async () => {
    const slack = await anApprovalSlack(staged);
    const { message, id } = await asked(slack);
    slack.time.now += 48 * 60 * minute;
    // The click is what finds out: the leads' turn begins now, and they have all of it.
    const stranger = await slack.told("U0ANA", () => slack.click(message, "approve_request", "U0ANA"));
    expect(textOf(stranger)).toContain("self-approval");
    expect(await slack.store.requests.find(id)).toMatchObject({
      state: "pending",
      stage: 1,
      expiresAt: slack.time.now + 30 * minute,
    });
    // And back again: what was settled stays.
    slack.time.now -= 47 * 60 * minute;
    expect(await passDeadlines(slack.needs)).toEqual([]);
    await slack.click(await slack.message(/S0LEADS/), "approve_request", "U0DANA");
    await slack.message(/⏳ Renewing service-a/);
    expect((await slack.store.audit.about(id)).filter(({ action }) => action === "request.escalated")).toHaveLength(1);
  });
});
