import { describe, expect, test } from "vitest";
import { manifest } from "./slack-fixture.ts";
import { ack, ackWith, type PlainBot, startPlainBot } from "./slack-plain-bot.ts";

const option = (value: string) => ({ text: { type: "plain_text", text: value }, value });
const channel = "C0CERTS";

/** A menu in a message, answered so; where it stands. */
async function menuOf(bot: PlainBot, more: object = { min_query_length: 0 }) {
  const menu = { type: "external_select", action_id: "which", ...more };
  const { ts } = await bot.api("chat.postMessage", {
    channel,
    text: "?",
    blocks: [{ type: "actions", elements: [menu] }],
  });
  return { user: "U0ANA", channel, ts, action_id: "which" };
}

const offering = (answer: object) =>
  startPlainBot((response, { body }) =>
    body.includes("block_suggestion") ? ackWith(response, answer) : ack(response),
  );

describe("an external menu", () => {
  test("asks nobody before enough is typed: three letters where the app does not say", async () => {
    await using bot = await offering({ options: [option("a")] });
    const menu = await menuOf(bot, {});
    const before = bot.received.length;
    expect(await bot.act("/suggest", { ...menu, value: "ab" })).toMatchObject({ ok: true, offered: { options: [] } });
    expect(bot.received).toHaveLength(before);
    expect(await bot.act("/suggest", { ...menu, value: "abc" })).toMatchObject({ offered: { options: [option("a")] } });
  });

  test("lets nothing be chosen but what was offered", async () => {
    await using bot = await offering({ options: [option("a")] });
    const menu = await menuOf(bot);
    expect(await bot.act("/click", { ...menu, value: "a" })).toMatchObject({ code: "NO_SUCH_CHOICE" });
    await bot.act("/suggest", { ...menu, value: "" });
    expect(await bot.act("/click", { ...menu, value: "a" })).toMatchObject({ ok: true });
    expect(bot.received.at(-1)?.body).toContain(encodeURIComponent('"selected_option":{"text"'));
    expect(await bot.act("/click", { ...menu, value: "b" })).toMatchObject({ code: "NO_SUCH_CHOICE" });
  });

  test("takes groups, and an empty list", async () => {
    const groups = { option_groups: [{ label: { type: "plain_text", text: "all" }, options: [option("a")] }] };
    await using bot = await offering(groups);
    const menu = await menuOf(bot);
    expect(await bot.act("/suggest", { ...menu, value: "" })).toMatchObject({ ok: true, offered: groups });
    await using empty = await offering({ options: [] });
    expect(await empty.act("/suggest", { ...(await menuOf(empty)), value: "" })).toMatchObject({ ok: true });
  });

  test.each([
    ["more than a hundred", { options: Array.from({ length: 101 }, (_, index) => option(`o${index}`)) }],
    ["a name that is too long", { options: [option("x".repeat(76))] }],
    ["something else", { choices: [] }],
  ])("refuses %s", async (_, answer) => {
    await using bot = await offering(answer);
    expect(await bot.act("/suggest", { ...(await menuOf(bot)), value: "" })).toMatchObject({
      ok: false,
      error: "invalid_options",
    });
  });

  test("is not asked for over HTTP without its URL in the manifest", async () => {
    await using bot = await startPlainBot(ack, { manifest: manifest({ optionsUrl: false }) });
    expect(await bot.act("/suggest", { ...(await menuOf(bot)), value: "" })).toMatchObject({ code: "NO_OPTIONS_URL" });
  });
});
