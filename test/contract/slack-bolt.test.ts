import type { BlockAction, ButtonAction, types, ViewResponseAction } from "@slack/bolt";
import { expect, test } from "vitest";
import { startBoltBot, until } from "./slack-fixture.ts";

const BUTTON = {
  type: "actions",
  block_id: "decision",
  elements: [
    {
      type: "button",
      action_id: "approve_request",
      text: { type: "plain_text", text: "Approve" },
      value: "r-1",
      style: "primary",
    },
  ],
} as const;

const MODAL: types.ModalView = {
  type: "modal",
  callback_id: "renew",
  title: { type: "plain_text", text: "Renew" },
  submit: { type: "plain_text", text: "Ask" },
  notify_on_close: true,
  blocks: [
    {
      type: "input",
      block_id: "why",
      label: { type: "plain_text", text: "Reason" },
      element: { type: "plain_text_input", action_id: "reason" },
    },
  ],
};

test("a slash command reaches Bolt as Slack sends it, and its three ways to answer reach the person", async () => {
  const seen: Record<string, string>[] = [];
  await using bot = await startBoltBot((app) => {
    app.command("/cert", async ({ command, ack, respond, say }) => {
      seen.push({ ...command });
      await ack(`looking at ${command.text}`);
      await respond("only you");
      await respond({ response_type: "in_channel", text: "everybody" });
      await say("posted");
    });
  });

  const typed = await bot.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert expiring 30d" });

  expect(typed).toMatchObject({
    ok: true,
    response: { text: "looking at expiring 30d", ephemeral: true, to: "U0ANA" },
  });
  await until(async () => (await bot.messages("C0CERTS", "U0ANA")).length === 4);
  const texts = async (as: string): Promise<string[]> => (await bot.messages("C0CERTS", as)).map(({ text }) => text);
  expect(await texts("U0ANA")).toEqual(["looking at expiring 30d", "only you", "everybody", "posted"]);
  expect(await texts("U0BEN")).toEqual(["everybody", "posted"]);
  expect(seen).toEqual([
    {
      token: expect.any(String),
      team_id: "T0LAB",
      team_domain: "certops-lab",
      channel_id: "C0CERTS",
      channel_name: "certificates",
      user_id: "U0ANA",
      user_name: "ana",
      command: "/cert",
      text: "expiring 30d",
      api_app_id: "A0CERTOPS",
      is_enterprise_install: "false",
      response_url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/response\//),
      trigger_id: expect.stringMatching(/^\d+\.\d+\.[0-9a-f]+$/),
    },
  ]);
});

test("a click on a button of a posted message carries the block's value, and the message is replaced", async () => {
  const actions: ButtonAction[] = [];
  const bodies: BlockAction[] = [];
  await using bot = await startBoltBot((app) => {
    app.action<BlockAction<ButtonAction>>("approve_request", async ({ ack, action, body, respond }) => {
      await ack();
      actions.push(action);
      bodies.push(body);
      await respond({ replace_original: true, text: "approved" });
    });
  });
  const { ts } = await bot.app.client.chat.postMessage({
    channel: "C0CERTS",
    text: "renew service-a?",
    blocks: [BUTTON],
    metadata: { event_type: "certops_request", event_payload: { request: "r-1" } },
  });

  const click = { user: "U0BEN", channel: "C0CERTS", ts, action_id: "approve_request", value: "forged" };
  expect(await bot.act("/click", click)).toMatchObject({ ok: true, tookMs: expect.any(Number) });

  const [message] = await until(async () => {
    const list = await bot.messages("C0CERTS");
    return list[0]?.text === "approved" && list;
  });
  expect(message).toMatchObject({ ts, text: "approved", blocks: [], bot: "B0CERTOPS" });
  expect(actions).toMatchObject([
    { type: "button", block_id: "decision", value: "r-1", text: BUTTON.elements[0].text },
  ]);
  expect(bodies).toMatchObject([
    {
      type: "block_actions",
      user: { id: "U0BEN", name: "ben" },
      channel: { id: "C0CERTS", name: "certificates" },
      container: { type: "message", message_ts: ts, is_ephemeral: false },
      message: { ts, bot_id: "B0CERTOPS" },
    },
  ]);
});

test("a modal goes its way: opened by a trigger, refused, answered by the app, pushed on, cleared", async () => {
  const answers: ViewResponseAction[] = [
    { response_action: "errors", errors: { why: "say more" } },
    { response_action: "push", view: { ...MODAL, callback_id: "sure" } },
    { response_action: "clear" },
  ];
  const reasons: unknown[] = [];
  await using bot = await startBoltBot((app) => {
    app.command("/cert", async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: MODAL });
    });
    app.view(/.*/, async ({ ack, view }) => {
      reasons.push(view.state.values["why"]?.["reason"]?.value);
      const answer = answers[reasons.length - 1];
      if (answer) await ack(answer);
    });
  });
  await bot.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert renew" });
  const [modal] = await until(async () => {
    const views = await bot.views("U0ANA");
    return views.length === 1 && views;
  });
  const view_id = modal?.id;
  const submit = (id: unknown, reason: string): ReturnType<typeof bot.act> =>
    bot.act("/submit", { user: "U0ANA", view_id: id, values: { why: { reason } } });

  expect(await submit(view_id, "")).toMatchObject({
    ok: false,
    errors: { why: "Please complete this required field." },
  });
  expect(reasons).toEqual([]);
  expect(await submit(view_id, "old")).toMatchObject({ ok: false, errors: { why: "say more" } });
  expect(await submit(view_id, "key leaked")).toMatchObject({ ok: true, view: { callback_id: "sure" } });
  expect((await bot.views("U0ANA")).map(({ callback_id }) => callback_id)).toEqual(["renew", "sure"]);
  expect(await submit((await bot.views("U0ANA"))[1]?.id, "yes")).toMatchObject({ ok: true });
  expect(await bot.views("U0ANA")).toEqual([]);
  expect(reasons).toEqual(["old", "key leaked", "yes"]);
});

test("closing a modal that asks for it tells the app", async () => {
  const closed: string[] = [];
  await using bot = await startBoltBot((app) => {
    app.command("/cert", async ({ ack, command, client }) => {
      await ack();
      await client.views.open({ trigger_id: command.trigger_id, view: MODAL });
    });
    app.view({ type: "view_closed", callback_id: "renew" }, async ({ ack, view }) => {
      await ack();
      closed.push(view.id);
    });
  });
  await bot.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert renew" });
  const view_id = await until(async () => (await bot.views("U0ANA"))[0]?.id);

  expect(await bot.act("/close", { user: "U0ANA", view_id })).toMatchObject({ ok: true });

  await until(() => closed.length > 0);
  expect(closed).toEqual([view_id]);
  expect(await bot.views("U0ANA")).toEqual([]);
});

test("opening the Home tab lets the app publish it, and its buttons work", async () => {
  const clicked: string[] = [];
  await using bot = await startBoltBot((app) => {
    app.event("app_home_opened", async ({ event, client }) => {
      await client.views.publish({ user_id: event.user, view: { type: "home", blocks: [BUTTON] } });
    });
    app.action("approve_request", async ({ ack, body }) => {
      await ack();
      clicked.push(body.user.id);
    });
  });

  expect(await bot.act("/home", { user: "U0CHEN" })).toMatchObject({ ok: true });

  const view = await until(() => bot.home("U0CHEN"));
  expect(view).toMatchObject({ type: "home", blocks: [BUTTON] });
  expect(await bot.home("U0ANA")).toBeNull();
  await bot.act("/click", { user: "U0CHEN", view_id: view.id, action_id: "approve_request" });
  await until(() => clicked.length > 0);
  expect(clicked).toEqual(["U0CHEN"]);
});

test("a mention reaches the app where the bot is a member, and nowhere else", async () => {
  const heard: string[] = [];
  await using bot = await startBoltBot((app) => {
    app.event("app_mention", async ({ event }) => void heard.push(event.channel));
  });

  for (const channel of ["C0GENERAL", "C0CERTS"]) {
    await bot.act("/message", { user: "U0DANA", channel, text: "<@U0CERTOPS> hello" });
  }

  await until(() => heard.length > 0);
  expect(heard).toEqual(["C0CERTS"]);
});

test("an external menu asks the app for its options and hands back the one picked", async () => {
  const option = { text: { type: "plain_text", text: "service-a" }, value: "a" } as const;
  const picked: unknown[] = [];
  await using bot = await startBoltBot((app) => {
    app.options("which", ({ ack }) => ack({ options: [option] }));
    app.action("which", async ({ ack, payload }) => {
      await ack();
      picked.push("selected_option" in payload ? payload.selected_option : null);
    });
  });
  const menu = {
    type: "external_select",
    action_id: "which",
    placeholder: { type: "plain_text", text: "Service" },
  } as const;
  const { ts } = await bot.app.client.chat.postMessage({
    channel: "C0CERTS",
    text: "which?",
    blocks: [{ type: "actions", elements: [menu] }],
  });
  const act = { user: "U0ANA", channel: "C0CERTS", ts, action_id: "which" };

  expect(await bot.act("/suggest", { ...act, value: "serv" })).toMatchObject({
    ok: true,
    offered: { options: [option] },
  });
  expect(await bot.act("/click", { ...act, selected_option: option })).toMatchObject({ ok: true });
  await until(() => picked.length > 0);
  expect(picked).toEqual([option]);
});
