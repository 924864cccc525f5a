import { App, LogLevel, SocketModeReceiver } from "@slack/bolt";
import { WebSocket } from "undici";
import { expect, test } from "vitest";
import { SECRETS, startWorkspace, type TestWorkspace, until } from "./slack-fixture.ts";

async function startSocketBot(workspace: TestWorkspace): Promise<App & AsyncDisposable> {
  const clientOptions = { slackApiUrl: `${workspace.standIn.url}/api/` };
  const receiver = new SocketModeReceiver({
    appToken: SECRETS.appToken,
    installerOptions: { clientOptions },
    logLevel: LogLevel.ERROR,
  });
  const app = new App({ receiver, token: SECRETS.botToken, clientOptions, logLevel: LogLevel.ERROR });
  await app.start();
  return Object.assign(app, {
    async [Symbol.asyncDispose]() {
      // Bolt's stop does not wait for its connection.
      const gone = new Promise((resolve) => receiver.client.once("disconnected", resolve));
      await app.stop();
      await gone;
    },
  });
}

test("a real Bolt app takes commands, clicks and events over Socket Mode", async () => {
  await using workspace = await startWorkspace();
  await using app = await startSocketBot(workspace);
  const heard: string[] = [];
  app.command("/cert", async ({ ack, command }) => ack(`heard ${command.text}`));
  app.action("go", async ({ ack, respond }) => {
    await ack();
    await respond({ replace_original: true, text: "gone" });
  });
  app.event("app_mention", async ({ event }) => void heard.push(event.text));
  const elements = [{ type: "button", action_id: "go", text: { type: "plain_text", text: "Go" } }] as const;
  const { ts } = await app.client.chat.postMessage({
    channel: "C0CERTS",
    text: "go?",
    blocks: [{ type: "actions", elements: [...elements] }],
  });

  const typed = await workspace.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert why service-a" });
  expect(typed).toMatchObject({ ok: true, response: { text: "heard why service-a", ephemeral: true } });
  expect(await workspace.act("/click", { user: "U0ANA", channel: "C0CERTS", ts, action_id: "go" })).toMatchObject({
    ok: true,
  });
  await until(async () => (await workspace.messages("C0CERTS"))[0]?.text === "gone");
  await workspace.act("/message", { user: "U0ANA", channel: "C0CERTS", text: "<@U0CERTOPS> hello" });
  await until(() => heard.length > 0);
  const carried = (await workspace.deliveries()).map(({ type, transport }) => `${transport} ${type}`);
  expect(carried).toEqual(["socket /cert", "socket block_actions", "socket app_mention", "socket message.channels"]);
});

test("an envelope that nobody acknowledges times out in sight of the person", async () => {
  await using workspace = await startWorkspace({ ackDeadlineMs: 200 });
  await using app = await startSocketBot(workspace);
  app.command("/cert", async () => undefined);

  const typed = await workspace.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert help" });

  expect(typed).toMatchObject({ ok: false, error: "operation_timeout" });
});

test("a connection needs a fresh ticket, says hello, carries long messages whole, and ends with the stand-in", async () => {
  const workspace = await startWorkspace();
  const { url } = await workspace.api("apps.connections.open", {}, { authorization: `Bearer ${SECRETS.appToken}` });
  const told: unknown[] = [];
  const socket = new WebSocket(String(url));
  socket.addEventListener("message", ({ data }) => told.push(JSON.parse(String(data))));
  await until(() => told.length === 1);
  expect(told[0]).toMatchObject({ type: "hello", num_connections: 1, connection_info: { app_id: "A0CERTOPS" } });

  const again = new WebSocket(String(url));
  const refused = new Promise((resolve) => again.addEventListener("error", resolve));
  await refused;

  const text = `/cert ${"x".repeat(70_000)}`;
  const typed = workspace.act("/command", { user: "U0ANA", channel: "C0CERTS", text });
  await until(() => told.length === 2);
  const { envelope_id, payload } = told[1] as { envelope_id: string; payload: { text: string } };
  expect(payload.text).toHaveLength(70_000);
  socket.send(JSON.stringify({ envelope_id, payload: { text: "y".repeat(30_000) } }));
  expect(await typed).toMatchObject({ ok: true, response: { text: "y".repeat(30_000) } });

  await workspace.act("/socket-refresh", {});
  await until(() => told.length === 3);
  expect(told[2]).toEqual({ type: "disconnect", reason: "refresh_requested" });
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  await workspace.standIn[Symbol.asyncDispose]();
  await closed;
});
