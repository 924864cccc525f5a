import { describe, expect, test } from "vitest";
import { anApprovalSlack, asked, textOf } from "../support/approval-slack.ts";

const dana = { users: ["U0DANA"], groups: [], rotas: [] };

describe("what else can be done with a request", { timeout: 30_000 }, () => {
  test("who asked takes it back, and nobody else", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    const other = await slack.told("U0BEN", () => slack.click(message, "request_more", "U0BEN", `withdraw ${id}`));
    expect(textOf(other)).toContain("was asked for by <@U0ANA>: only they can take it back.");
    await slack.click(message, "request_more", "U0ANA", `withdraw ${id}`);
    await slack.workspace.fillIn("U0ANA", { text: "found another way" });
    const withdrawn = textOf(await slack.message(/Renewal of service-a withdrawn/));
    expect(withdrawn).toContain("Withdrawn by <@U0ANA>");
    expect(withdrawn).toContain(">found another way");
    expect(withdrawn).not.toContain("approve_request");
    // The way is free for another one.
    expect(textOf(await slack.type("/cert renew service-a again"))).toContain("Asked for");
    expect(textOf(await slack.type(`/approvals withdraw ${id}`))).toContain("was already withdrawn by <@U0ANA>");
  });

  test("anybody comments, and the message keeps the latest", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "request_more", "U0DANA", `comment ${id}`);
    await slack.workspace.fillIn("U0DANA", { text: "is this the <!channel> key of March?" });
    expect(textOf(await slack.message(/key of March/))).toContain("is this the &lt;!channel&gt; key of March?");
    for (const word of ["one", "two", "three"]) await slack.type(`/approvals comment ${id} word ${word}`);
    const latest = textOf(await slack.message(/word three/));
    expect(latest).toContain("…and 1 more before");
    expect(latest).not.toContain("key of March");
    expect((await slack.store.audit.about(id)).filter(({ action }) => action === "request.commented")).toHaveLength(4);
  });

  test("it is handed over to one who may decide it, who is called; to others it cannot be", async () => {
    const slack = await anApprovalSlack();
    const { message, id } = await asked(slack);
    await slack.click(message, "request_more", "U0BEN", `hand-over ${id}`);
    await slack.workspace.fillIn("U0BEN", { to: "U0DANA", text: "" });
    expect(JSON.stringify((await slack.workspace.views("U0BEN")).at(-1)?.blocks)).toContain(
      `<@U0DANA> cannot decide ${id}`,
    );
    const { views } = slack.workspace.standIn.workspace;
    views.clear("U0BEN");
    await slack.click(message, "request_more", "U0BEN", `hand-over ${id}`);
    await slack.workspace.fillIn("U0BEN", { to: "U0CHEN", text: "I am off at five" });
    expect(textOf(await slack.message(/asks <@U0CHEN> to decide: I am off at five/))).toContain("approve_request");
    expect((await slack.notice(/👉 <@U0CHEN>: <@U0BEN> asks you to decide/)).text).toContain("I am off at five");
    expect(textOf(await slack.type(`/approvals hand-over ${id} @ana`, "U0BEN"))).toContain("may not decide it");
    expect(textOf(await slack.type(`/approvals hand-over ${id} U0BEN`, "U0DANA"))).toContain("You may not hand over");
    // It gave chen no more than chen had, and took nothing from ben.
    await slack.click(message, "approve_request", "U0BEN");
    await slack.message(/⏳ Renewing service-a/);
  });
});

describe("a form whose work was cut off by the end of the bot", { timeout: 30_000 }, () => {
  const filled = { kind: "request-form", responseUrl: null, to: "", justified: true } as const;

  test.each([
    ["deny", "U0BEN", "You denied", "request.denied"],
    ["withdraw", "U0ANA", "You withdrew", "request.withdrawn"],
    ["comment", "U0DANA", "Your comment stands", "request.commented"],
  ] as const)(
    "%s is done once, however often it is gone on with, and answered as done",
    async (form, user, said, action) => {
      const slack = await anApprovalSlack();
      const { id } = await asked(slack);
      const delivered = { ...filled, form, user, id, text: "because" };
      const since = slack.time.now;
      for (const _ of ["before the kill", "after it", "and once more"]) {
        expect(textOf(await slack.told(user, () => slack.again(delivered, since)))).toContain(said);
      }
      expect((await slack.store.audit.about(id)).filter((row) => row.action === action)).toHaveLength(1);
    },
  );

  test("a review too", async () => {
    const slack = await anApprovalSlack({ breakGlass: dana });
    const { id } = await asked(slack);
    await slack.type(`/approvals break-glass ${id} it burns`, "U0DANA");
    const delivered = { ...filled, form: "review", user: "U0BEN", id, text: "it did burn" } as const;
    for (const _ of ["before the kill", "after it"]) {
      const told = await slack.told("U0BEN", () => slack.again(delivered, slack.time.now));
      expect(textOf(told)).toContain("Your review stands");
    }
    expect((await slack.store.audit.about(id)).filter(({ action }) => action === "request.reviewed")).toHaveLength(1);
  });
});
