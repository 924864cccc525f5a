import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { redrawAfterStart } from "../../bot/operations/redraw-after-start.ts";
import { anApprovalSlack, asked, textOf } from "../support/approval-slack.ts";
import { aService } from "../support/renewal-fixtures.ts";
import { until } from "./slack-fixture.ts";

const minute = 60_000;

describe("several have to approve", { timeout: 30_000 }, () => {
  test("the message says who has, who is missing and how long is left, after each of them", async () => {
    const slack = await anApprovalSlack({ needed: 2 });
    const { message, id } = await asked(slack);
    const before = textOf(message);
    expect(before).toContain("*Approved*\\nby nobody yet");
    expect(before).toContain("*Missing*\\n2 of <!subteam^S0PLATFORM>");
    expect(before).toMatch(/\*Time left\*\\nuntil <!date\^\d+[^>]*>, <!date\^\d+\^\{ago\}\|in 1 h>/);
    expect(before).toContain("*And then*\\nit expires; nothing is written");
    expect(before).toContain("policy `production`");

    await slack.click(message, "approve_request", "U0BEN");
    const half = await slack.message(/✅ <@U0BEN>/);
    expect(half.ts).toBe(message.ts);
    expect(textOf(half)).toContain("*Missing*\\n1 of <!subteam^S0PLATFORM>");
    const again = await slack.told("U0BEN", () => slack.click(half, "approve_request", "U0BEN"));
    expect(textOf(again)).toContain("You have approved");
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toBeNull();

    await slack.click(half, "approve_request", "U0CHEN");
    expect(textOf(await slack.message(/⏳ Renewing service-a/))).toContain("by <@U0BEN> and <@U0CHEN>");
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toMatchObject({ request: id });
  });

  test("who is missing by name is neither who has approved nor who asked", async () => {
    const slack = await anApprovalSlack({ groups: [], users: ["U0ANA", "U0BEN", "U0CHEN", "U0DANA"], needed: 2 });
    const { message } = await asked(slack);
    expect(textOf(message)).toContain("*Missing*\\n2 of <@U0BEN>, <@U0CHEN>, <@U0DANA>");
    await slack.click(message, "approve_request", "U0CHEN");
    expect(textOf(await slack.message(/✅ <@U0CHEN>/))).toContain("*Missing*\\n1 of <@U0BEN>, <@U0DANA>");
  });

  test("what so many could never approve is refused to who asks", async () => {
    const slack = await anApprovalSlack({ groups: [], users: ["U0ANA", "U0BEN"], needed: 2 });
    expect(textOf(await slack.type("/cert renew service-a please"))).toContain(
      "It takes two to approve a renewal of service-a, and besides <@U0ANA> there is one who may.",
    );
    expect(textOf(await slack.type("/cert renew service-a please", "U0DANA"))).toContain("Asked for a renewal");
  });

  test("who may not is told privately who may, who asked as well", async () => {
    const slack = await anApprovalSlack();
    const { message } = await asked(slack);
    const stranger = await slack.told("U0DANA", () => slack.click(message, "approve_request", "U0DANA"));
    expect(textOf(stranger)).toContain(
      "You may not decide requests for service-a.\\nAsk a member of <!subteam^S0PLATFORM>.",
    );
    const own = await slack.told("U0ANA", () => slack.click(message, "deny_request", "U0ANA"));
    expect(textOf(own)).toContain("is your own request");
    expect(textOf(own)).toContain("/approvals withdraw");
    expect(await slack.workspace.views("U0ANA")).toEqual([]);
  });

  test("who asked counts where the policy says so, as one of those who may", async () => {
    const slack = await anApprovalSlack({ needed: 2, requesterCounts: true });
    slack.members.platform = ["U0ANA", "U0BEN"];
    const { message } = await asked(slack);
    expect(textOf(message)).toContain("also who asked");
    await slack.click(message, "approve_request", "U0ANA");
    await slack.click(await slack.message(/✅ <@U0ANA>/), "approve_request", "U0BEN");
    await slack.message(/⏳ Renewing service-a/);
  });

  test("who may not even ask is told who may", async () => {
    const slack = await anApprovalSlack({ askers: { users: [], groups: ["S0LEADS"], rotas: [] } });
    const told = textOf(await slack.type("/cert renew service-a please"));
    expect(told).toContain("You may not ask for a renewal of service-a.\\nAsk a member of <!subteam^S0LEADS>.");
    expect(told).toContain("not-asker");
    expect(textOf(await slack.type("/cert renew service-a please", "U0DANA"))).toContain("Asked for a renewal");
  });
});

describe("while it waits, in certops.yaml", { timeout: 30_000 }, () => {
  test("another policy is none of a request's: it keeps the one it was made under", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    const leads = { ...byRole("leads", { groups: ["S0LEADS"], deadlineMs: minute }), needed: 2 };
    slack.needs.services.set("service-a", aService({ approval: leads }));
    slack.time.now += 30 * minute;
    const lead = await slack.told("U0DANA", () => slack.click(message, "approve_request", "U0DANA"));
    expect(textOf(lead)).toContain("Ask a member of <!subteam^S0PLATFORM>.");
    await slack.click(message, "approve_request", "U0BEN");
    expect(textOf(await slack.message(/⏳ Renewing service-a/))).toContain("policy `production`");
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toMatchObject({ request: id });
  });

  test("another plan makes it void: who clicks is told what moved, and so does its message", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    slack.needs.services.set("service-a", aService({ names: ["service-a.example.com", "shop.example.com"] }));
    const told = textOf(await slack.told("U0BEN", () => slack.click(message, "approve_request", "U0BEN")));
    expect(told).toContain(`${id} is void. The plan moved since it was asked for: names`);
    expect(told).toContain("shop.example.com");
    const ended = await slack.message(/The plan moved since it was asked for/);
    expect(ended.ts).toBe(message.ts);
    expect(textOf(ended)).not.toContain("approve_request");
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "void" });
    expect(await slack.store.jobs.claim("bot", slack.time.now, 1_000)).toBeNull();
  });
});

describe("the list of what is open", { timeout: 30_000 }, () => {
  test("has buttons for what is the person's own to decide, and says what waits for others", async () => {
    const slack = await anApprovalSlack({ needed: 2 });
    expect(textOf(await slack.type("/approvals"))).toContain("Nobody waits for a decision.");
    const { id } = await asked(slack);
    const hers = textOf(await slack.type("/approvals"));
    expect(hers).toContain("1 request to decide, 0 of them by you");
    expect(hers).toContain(`Yours: \`/approvals withdraw ${id}\``);
    expect(hers).not.toContain("approve_request");
    const his = await slack.type("/approvals list", "U0BEN");
    expect(textOf(his)).toContain("1 of them by you");
    expect(textOf(his)).toContain("2 of <!subteam^S0PLATFORM> missing");
    const done = await slack.told("U0BEN", () => slack.click(his, "approve_request", "U0BEN"));
    expect(textOf(done)).toContain("You approved");
    expect(textOf(done)).toContain("1 more to go.");
    await slack.message(/✅ <@U0BEN>/);
    expect(textOf(await slack.type("/approvals", "U0BEN"))).toContain("0 of them by you");
  });

  test.each([
    ["/approvals deny", "Write: /approvals deny"],
    ["/approvals deny r-nothere2 because", "There is no request r-nothere2."],
    ["/approvals hand-over r-nothere2 somebody", "Write: /approvals hand-over"],
    ["/approvals review r-nothere2 fine", "There is no request r-nothere2."],
    ["/approvals comment r-nothere2 hello", "There is no request r-nothere2."],
    ["/approvals wthdraw r-nothere2", "Did you mean"],
    ["/approvals help", "What is open"],
  ])("%s is answered: %s", async (typed, said) => {
    expect(textOf(await (await anApprovalSlack()).type(typed))).toContain(said);
  });
});

describe("the message is drawn from the store", { timeout: 30_000 }, () => {
  test("again after an update to Slack had failed, and after a restart", async () => {
    const slack = await anApprovalSlack({ needed: 2 });
    const { message, id } = await asked(slack);
    await slack.workspace.act("/fault", { kind: "error", method: "chat.update", error: "internal_error", times: 2 });
    await slack.click(message, "approve_request", "U0BEN");
    const shown = async () => {
      slack.time.now += 500;
      return (await slack.workspace.messages("C0CERTS")).find((one) => textOf(one).includes("✅ <@U0BEN>"));
    };
    expect((await until(shown)).ts).toBe(message.ts);

    const { messages } = slack.workspace.standIn.workspace;
    const [stale] = messages.inChannel("C0CERTS").filter(({ ts }) => ts === message.ts);
    if (stale) stale.blocks = [];
    await redrawAfterStart(slack.needs);
    expect(textOf(await slack.message(/approve_request/))).toContain("✅ <@U0BEN>");
    expect(await slack.store.requests.find(id)).toMatchObject({ state: "pending" });
  });
});

describe("who is on call", { timeout: 30_000 }, () => {
  test("is named in the message, and is the one who may decide", async () => {
    const rota = { name: "nights", people: ["U0CHEN"], start: "2026-01-01T09:00", timezone: "Asia/Singapore", days: 7 };
    const role = byRole("on-call", { rotas: [rota], deadlineMs: 60 * minute });
    const slack = await anApprovalSlack(role);
    const { message } = await asked(slack);
    expect(textOf(message)).toContain("<@U0CHEN> (on call, nights) may decide until");
    const other = await slack.told("U0BEN", () => slack.click(message, "approve_request", "U0BEN"));
    expect(textOf(other)).toContain("Ask <@U0CHEN> (on call, nights).");
    await slack.click(message, "approve_request", "U0CHEN");
    await slack.message(/⏳ Renewing service-a/);
  });
});
