import { createHmac, randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export const signingSecret = "a-signing-secret-of-the-tests";

/** What the bot posts to a response_url. */
export interface Reply {
  text: string;
  response_type: string;
  blocks: unknown[];
}

/** Takes what the bot posts to a response_url. `mute`: how many it takes at first without a word. */
export async function replies({ mute = 0 }: { mute?: number } = {}): Promise<
  AsyncDisposable & { url: string; got: Reply[]; next: (count: number) => Promise<Reply[]> }
> {
  const got: Reply[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      let text = "";
      for await (const chunk of request.setEncoding("utf8")) text += String(chunk);
      got.push(JSON.parse(text) as Reply);
      if (got.length > mute) response.end("ok");
      server.emit("reply");
    })();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    got,
    async next(count) {
      while (got.length < count) await once(server, "reply");
      return got;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** The body of a slash command of ana’s, in #general. */
export function command(text: string, responseUrl: string, fields: Record<string, string> = {}): string {
  return new URLSearchParams({
    command: "/cert",
    text,
    user_id: "U0ANA",
    user_name: "ana",
    team_id: "T0LAB",
    channel_id: "C0GENERAL",
    channel_name: "general",
    trigger_id: randomUUID(),
    response_url: responseUrl,
    ...fields,
  }).toString();
}

/** The headers that Slack would send with this body. */
export function signed(
  body: string,
  { secret = signingSecret, at = Date.now() }: { secret?: string; at?: number } = {},
) {
  const timestamp = String(Math.floor(at / 1_000));
  const hash = createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex");
  return {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": `v0=${hash}`,
  };
}

/** The body of a click on a button. */
export function click(
  actionId: string,
  value: string,
  { user, responseUrl }: { user: string; responseUrl: string },
): string {
  const payload = {
    type: "block_actions",
    trigger_id: randomUUID(),
    user: { id: user },
    team: { id: "T0LAB" },
    channel: { id: "C0CERTS" },
    response_url: responseUrl,
    actions: [{ type: "button", action_id: actionId, block_id: "b", value }],
  };
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}
