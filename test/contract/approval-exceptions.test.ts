import { describe, expect, test } from "vitest";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { anApprovalSlack, asked, textOf } from "../support/approval-slack.ts";

const minute = 60_000;
const dana = { users: ["U0DANA"], groups: [], rotas: [] };

describe("break-glass", { timeout: 30_000 }, () => {
  test("is nobody's where the policy has none: the menu has it not, and the command says so", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    expect(textOf(message)).not.toContain("break-glass");
    expect(textOf(await slack.type(`/approvals break-glass ${id} it burns`, "U0DANA"))).toContain("no-break-glass");
  });

  test("lets it through alone, with a reason, told to all, and reviewed by somebody else", async () => {
    const slack = await anApprovalSlack({ needed: 2, breakGlass: dana });
    const { message, id } = await asked(slack);
    const other = await slack.told("U0BEN", () => slack.click(message, "request_more", "U0BEN", `break-glass ${id}`));
    expect(textOf(other)).toContain("You may not break the glass for service-a.\\nAsk <@U0DANA>.");
    await slack.click(message, "request_more", "U0DANA", `break-glass ${id}`);
    await slack.workspace.fillIn("U0DANA", { text: "the key is public" });
    const alone = await slack.message(/🚨 \*Break-glass\*: <@U0DANA> let it through alone/);
    expect(textOf(alone)).toContain("Nobody has reviewed it yet.");
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toMatchObject({ request: id });
    const loud = textOf(await slack.notice(/<!channel> \*Break-glass\*/));
    expect(loud).toContain(">the key is public");
    expect(loud).toContain("<!subteam^S0PLATFORM> review it");
    expect(textOf(await slack.type("/approvals", "U0CHEN"))).toContain("is to be reviewed");

    // Until somebody has, it is asked for again each day.
    slack.time.now += 25 * 60 * minute;
    await passDeadlines(slack.needs);
    await passDeadlines(slack.needs);
    await slack.notice(/nobody has reviewed yet/);

    await slack.click(alone, "review_request", "U0DANA");
    await slack.workspace.fillIn("U0DANA", { verdict: "justified", text: "of course" });
    expect(JSON.stringify((await slack.workspace.views("U0DANA")).at(-1)?.blocks)).toContain("own-review");
    await slack.click(alone, "review_request", "U0CHEN");
    await slack.workspace.fillIn("U0CHEN", { verdict: "not-justified", text: "ben was there" });
    expect(textOf(await slack.message(/Reviewed by <@U0CHEN>/))).toContain("*not justified*: ben was there");
    await slack.notice(/🔎 <@U0CHEN> reviewed the break-glass/);
    expect(textOf(await slack.type(`/approvals review ${id} twice`, "U0BEN"))).toContain("already-reviewed");
    expect((await slack.store.audit.about(id)).map(({ action }) => action)).toEqual([
      "request.pending",
      "request.click-refused",
      "request.approved",
      "request.review-due",
      "request.reviewed",
    ]);
    expect(await slack.store.audit.verify()).toBeNull();
  });
});

describe("a standing approval", { timeout: 30_000 }, () => {
  test("approves what people approved before, and leaves what is new in it to them, saying what", async () => {
    const slack = await anApprovalSlack({ standing: { longestMs: 86_400_000, unasked: false } });
    const { message, id } = await asked(slack);
    expect(textOf(message)).toContain("No standing approval: nobody has approved a renewal of it yet");
    await slack.click(message, "approve_request", "U0BEN");
    await slack.message(/⏳ Renewing/);
    const job = await slack.store.jobs.claim("bot", slack.time.now, 1_000);
    expect(job?.request).toBe(id);
    const audit = { at: slack.time.now, actor: "certops", action: "request.deployed", subject: id, detail: {} };
    await slack.store.jobs.finish(id, "bot", { state: "deployed", receipt: null }, { audit, outbox: [] });

    const routine = textOf(await slack.type("/cert renew service-a the weekly one"));
    expect(routine).toContain("certops renews service-a");
    const [next] = await slack.store.requests.list({ states: ["approved"] });
    expect(next).toMatchObject({ decidedBy: "policy:production", approvals: [{ user: "policy:production" }] });
    expect(textOf(await slack.message(/policy:production/))).toContain(`Routine: as ${id}, which people approved.`);
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toMatchObject({ request: next?.id });
  });
});
