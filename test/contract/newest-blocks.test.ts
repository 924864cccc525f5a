import { describe, expect, onTestFinished, test } from "vitest";
import { aHomeWorld } from "../support/home-world.ts";
import { row } from "../support/view-fixtures.ts";
import { until } from "./slack-fixture.ts";

async function world() {
  const one = await aHomeWorld({ blocks: "newest" });
  onTestFinished(() => one[Symbol.asyncDispose]());
  one.rows = Array.from({ length: 50 }, (_, index) => row(index));
  const { workspace } = one.bot;
  const told = () => workspace.messages("C0GENERAL", "U0ANA");
  return {
    ...one,
    workspace,
    ask: (text: string) => one.bot.answer(text),
    told,
  };
}

const kinds = ({ blocks }: { blocks: { type: string }[] }) => blocks.map(({ type }) => type);

describe("tables by Slack's newest blocks", { timeout: 30_000 }, () => {
  test("Slack takes them, and the next page stands where the one before did", async () => {
    const { ask, workspace, told } = await world();
    const message = await ask("/cert expiring 30d");
    expect(kinds(message)).toContain("data_table");
    const { ts, channel } = message;
    await workspace.act("/click", { user: "U0ANA", channel, ts, action_id: "answer_next_page" });
    const next = await until(async () =>
      (await told()).find((one) => one.ts === ts && /page 2 of 2/.test(JSON.stringify(one))),
    );
    expect(kinds(next)).toContain("data_table");
    expect(JSON.stringify(next)).toContain("service-49.example.com");
    expect(JSON.stringify(next)).not.toContain("service-39.example.com");
  });

  test("a workspace that refuses them is told the same by plain ones, and is asked no more", async () => {
    const { ask, workspace } = await world();
    await workspace.act("/fault", { method: "response_url", kind: "error", error: "invalid_blocks", times: 1 });
    const message = await ask("/cert expiring 30d");
    expect(kinds(message)).not.toContain("data_table");
    expect(JSON.stringify(message)).toContain("service-9.example.com");
    const calls = () => workspace.standIn.workspace.feed.calls.filter(({ method }) => method === "response_url").length;
    expect(calls()).toBe(2);
    expect(kinds(await ask("/cert expiring 30d"))).not.toContain("data_table");
    expect(calls()).toBe(3);
  });
});
