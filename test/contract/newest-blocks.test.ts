import { describe, expect, onTestFinished, test } from "vitest";
import { aHomeWorld } from "../support/home-world.ts";
import type { SlackBot } from "../support/slack-bot.ts";
import { row } from "../support/view-fixtures.ts";
import { until } from "./slack-fixture.ts";

async function aBot(): Promise<SlackBot> {
  const world = await aHomeWorld({ blocks: "newest" });
  onTestFinished(() => world[Symbol.asyncDispose]());
  world.rows = Array.from({ length: 50 }, (_, index) => row(index));
  return world.bot;
}

const kinds = ({ blocks }: { blocks: { type: string }[] }) => blocks.map(({ type }) => type);

describe("tables by Slack's newest blocks", { timeout: 30_000 }, () => {
  test("Slack takes them, and the next page stands where the one before did", async () => {
    const bot = await aBot();
    const message = await bot.answer("/cert expiring 30d");
    expect(kinds(message)).toContain("data_table");
    await bot.click(message, "answer_next_page", "U0ANA");
    const told = () => bot.workspace.messages("C0GENERAL", "U0ANA");
    const next = await until(async () =>
      (await told()).find(({ ts, ...one }) => ts === message.ts && /page 2 of 2/.test(JSON.stringify(one))),
    );
    expect(kinds(next)).toContain("data_table");
    expect(JSON.stringify(next)).toContain("service-49.example.com");
    expect(JSON.stringify(next)).not.toContain("service-39.example.com");
  });

  test("a workspace that refuses them is told the same by plain ones, and is asked no more", async () => {
    const bot = await aBot();
    await bot.workspace.act("/fault", { method: "response_url", kind: "error", error: "invalid_blocks", times: 1 });
    const message = await bot.answer("/cert expiring 30d");
    expect(kinds(message)).not.toContain("data_table");
    expect(JSON.stringify(message)).toContain("service-9.example.com");
    const calls = () =>
      bot.workspace.standIn.workspace.feed.calls.filter(({ method }) => method === "response_url").length;
    expect(calls()).toBe(2);
    expect(kinds(await bot.answer("/cert expiring 30d"))).not.toContain("data_table");
    expect(calls()).toBe(3);
  });
});
