import { describe, expect, test } from "vitest";
import { ack, ackWith, CERT, type PlainBot, startPlainBot } from "./slack-plain-bot.ts";

const plain = (text: string): object => ({ type: "plain_text", text });
const modal = { type: "modal", title: plain("Renew"), blocks: [] as object[] };
const asking = {
  ...modal,
  submit: plain("Ask"),
  blocks: [
    {
      type: "input",
      block_id: "why",
      label: plain("Why"),
      element: { type: "plain_text_input", action_id: "reason", min_length: 3, max_length: 5 },
    },
    {
      type: "input",
      block_id: "note",
      optional: true,
      label: plain("Note"),
      element: { type: "plain_text_input", action_id: "note" },
    },
    { type: "section", block_id: "words", text: plain("words") },
  ],
};

async function trigger(bot: PlainBot): Promise<string> {
  await bot.act("/command", CERT);
  return new URLSearchParams(bot.received.at(-1)?.body).get("trigger_id") ?? "";
}

async function open(bot: PlainBot, view: object): Promise<string> {
  await bot.api("views.open", { trigger_id: await trigger(bot), view });
  return (await bot.views("U0ANA"))[0]?.id ?? "";
}

/** What the bot received as interactive payloads of a type. */
function payloads(bot: PlainBot, type: string): unknown[] {
  return bot.received
    .map(({ body }) => new URLSearchParams(body).get("payload"))
    .filter((payload) => payload !== null)
    .map((payload) => JSON.parse(payload) as { type: string })
    .filter((payload) => payload.type === type);
}

describe("triggers", () => {
  test("open one view, once, within three seconds", async () => {
    let now = 1_700_000_000_000;
    await using bot = await startPlainBot(ack, { now: () => now });
    const trigger_id = await trigger(bot);
    const stale = await trigger(bot);

    expect(await bot.api("views.open", { trigger_id, view: modal })).toMatchObject({ ok: true });
    expect(await bot.api("views.open", { trigger_id, view: modal })).toMatchObject({ error: "exchanged_trigger_id" });
    now += 3_001;
    expect(await bot.api("views.open", { trigger_id: stale, view: modal })).toMatchObject({
      error: "expired_trigger_id",
    });
  });

  test("push views three deep and no deeper", async () => {
    await using bot = await startPlainBot(ack);
    const push = async (): Promise<unknown> => {
      const answer = await bot.api("views.push", { trigger_id: await trigger(bot), view: modal });
      return answer.error ?? answer.ok;
    };

    expect(await push()).toBe("not_found");
    await bot.api("views.open", { trigger_id: await trigger(bot), view: modal });
    expect([await push(), await push(), await push()]).toEqual([true, true, "push_limit_reached"]);

    const [root, second, top] = await bot.views("U0ANA");
    expect([second?.root_view_id, second?.previous_view_id]).toEqual([root?.id, root?.id]);
    expect([top?.root_view_id, top?.previous_view_id]).toEqual([root?.id, second?.id]);
  });

  test("an update of a view needs its current hash, and keeps what was typed", async () => {
    await using bot = await startPlainBot(ack);
    const label = { type: "plain_text", text: "Why" };
    const element = { type: "plain_text_input", action_id: "reason" };
    const view = { ...modal, submit: label, blocks: [{ type: "input", block_id: "why", label, element }] };
    await bot.api("views.open", { trigger_id: await trigger(bot), view });
    const [open] = await bot.views("U0ANA");
    const typed = { user: "U0ANA", view_id: open?.id, action_id: "reason", value: "key leaked" };
    const told = bot.received.length;
    expect(await bot.act("/click", typed)).toMatchObject({ ok: true });
    // An input keeps what was typed to itself until the view is submitted.
    expect(bot.received).toHaveLength(told);

    expect(await bot.api("views.update", { view_id: open?.id, view, hash: "1.STALE" })).toMatchObject({
      error: "hash_conflict",
    });
    expect(await bot.api("views.update", { view_id: open?.id, view, hash: open?.hash })).toMatchObject({ ok: true });

    const [updated] = await bot.views("U0ANA");
    expect(updated?.hash).not.toBe(open?.hash);
    expect(updated?.state.values).toEqual({ why: { reason: { type: "plain_text_input", value: "key leaked" } } });
  });
});

describe("submitting", () => {
  const submit = (bot: PlainBot, view_id: string, reason: string): ReturnType<PlainBot["act"]> =>
    bot.act("/submit", { user: "U0ANA", view_id, values: { why: { reason } } });

  test.each([
    ["", "Please complete this required field."],
    ["ab", "Please enter at least 3 characters."],
    ["abcdef", "Please enter at most 5 characters."],
  ])("%j is refused by Slack's client, without asking the bot", async (reason, problem) => {
    await using bot = await startPlainBot(ack);
    const view_id = await open(bot, asking);

    expect(await submit(bot, view_id, reason)).toMatchObject({
      ok: false,
      error: "incomplete",
      errors: { why: problem },
    });

    expect(await bot.views("U0ANA")).toMatchObject([{ errors: { why: problem } }]);
    expect(payloads(bot, "view_submission")).toEqual([]);
  });

  test("carries what was filled in, and what was left empty as null", async () => {
    await using bot = await startPlainBot(ack);

    expect(await submit(bot, await open(bot, asking), "leak")).toMatchObject({ ok: true });

    expect(payloads(bot, "view_submission")).toMatchObject([
      {
        user: { id: "U0ANA" },
        view: {
          state: {
            values: {
              why: { reason: { type: "plain_text_input", value: "leak" } },
              note: { note: { type: "plain_text_input", value: null } },
            },
          },
        },
      },
    ]);
    expect(await bot.views("U0ANA")).toEqual([]);
  });

  test("the bot may put another view in its place", async () => {
    const answer = { response_action: "update", view: { ...modal, callback_id: "done" } };
    await using bot = await startPlainBot((response, { body }) =>
      body.includes("view_submission") ? ackWith(response, answer) : ack(response),
    );
    const view_id = await open(bot, asking);

    expect(await submit(bot, view_id, "leak")).toMatchObject({ ok: true });

    expect(await bot.views("U0ANA")).toMatchObject([{ id: view_id, callback_id: "done" }]);
  });

  test("the bot may refuse what was filled in, and the person is told at the input", async () => {
    const answer = { response_action: "errors", errors: { why: "Name the incident." } };
    await using bot = await startPlainBot((response, { body }) =>
      body.includes("view_submission") ? ackWith(response, answer) : ack(response),
    );
    const view_id = await open(bot, asking);

    expect(await submit(bot, view_id, "leak")).toMatchObject({
      ok: false,
      error: "refused_by_app",
      errors: { why: "Name the incident." },
    });

    expect(await bot.views("U0ANA")).toMatchObject([{ id: view_id, errors: { why: "Name the incident." } }]);
  });

  test.each([
    ["words of its own", { ok: true }, "invalid_response_action"],
    [
      "an error at a block that asks for nothing",
      { response_action: "errors", errors: { words: "no" } },
      "invalid_response_action",
    ],
    [
      "a view that Slack does not take",
      { response_action: "push", view: { type: "modal" } },
      "invalid_response_action",
    ],
    ["an error status", null, "dispatch_failed"],
  ])("the person is told of trouble when the bot answers with %s", async (_, answer, error) => {
    await using bot = await startPlainBot((response, { body }) => {
      if (!body.includes("view_submission")) return ack(response);
      if (answer === null) return void response.writeHead(500).end();
      return ackWith(response, answer);
    });
    const view_id = await open(bot, asking);

    const submitted = await submit(bot, view_id, "leak");

    expect(submitted).toMatchObject({ ok: false, error, message: "We had some trouble connecting. Try again?" });
    expect(await bot.views("U0ANA")).toMatchObject([{ id: view_id }]);
  });
});

describe("closing", () => {
  test.each([
    ["one view takes that one away", { all: false }, {}, [false], 1],
    ["the whole stack takes all", { all: true }, {}, [true, true], 0],
    ["a view that clears on close takes all", { all: false }, { clear_on_close: true }, [true, true], 0],
  ])("%s, and tells the bot of those that asked for it", async (_, how, more, cleared, left) => {
    await using bot = await startPlainBot(ack);
    const view = { ...modal, notify_on_close: true, ...more };
    await open(bot, view);
    await bot.api("views.push", { trigger_id: await trigger(bot), view });
    const top = (await bot.views("U0ANA")).at(-1);

    expect(await bot.act("/close", { user: "U0ANA", view_id: top?.id, ...how })).toMatchObject({ ok: true });

    expect(payloads(bot, "view_closed")).toMatchObject(cleared.map((is_cleared) => ({ is_cleared })));
    expect(await bot.views("U0ANA")).toHaveLength(left);
  });
});
