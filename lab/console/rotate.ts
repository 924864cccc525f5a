import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import type { StandIn } from "./workspace-proxy.ts";

const ASKS = "U0ANA";
const APPROVES = "U0BEN";
const REASON = "Rotate now, asked on the console";
const APPROVE = "approve_request";
const DEADLINE_MS = 30_000;
/** The one who asks is answered first; a request that does not stand in the chat so long after was refused. */
const AFTER_ANSWER_MS = 5_000;

const buttonSchema = z.looseObject({ action_id: z.string().optional() });
const messageSchema = z.object({
  ts: z.string(),
  text: z.string(),
  to: z.string().optional(),
  blocks: z.array(z.looseObject({ type: z.string(), elements: z.array(buttonSchema).optional() })).default([]),
});
const messagesSchema = z.object({ messages: z.array(messageSchema) });
const doneSchema = z.object({ ok: z.boolean(), error: z.string().optional() });
type Message = z.infer<typeof messageSchema>;

/**
 * Renews a service by the true flow: one person asks for it in the chat, another approves, both as if typed and clicked.
 * Resolves once it is approved. Fails with a `Problem` when the bot refuses or says nothing.
 */
export async function rotate(service: string, standIn: StandIn & { channel: string }): Promise<void> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { channel } = standIn;

  async function ask(path: string, body?: object): Promise<unknown> {
    const response = await fetch(new URL(path, standIn.url), {
      method: body ? "POST" : "GET",
      headers: { authorization: `Bearer ${standIn.token}`, "content-type": "application/json" },
      body: body ? JSON.stringify(body) : null,
      signal,
    });
    return response.json();
  }
  const seen = async () =>
    messagesSchema.parse(await ask(`/workspace/messages?channel=${channel}&as=${ASKS}`)).messages;
  const act = async (path: string, body: object) => {
    const { ok, error } = doneSchema.parse(await ask(path, body));
    if (!ok) throw refused(`the bot did not take it (${error ?? "no reason given"})`);
  };

  const before = new Set((await seen()).map(({ ts }) => ts));
  let answered = Infinity;
  await act("/workspace/command", { user: ASKS, channel, text: `/cert renew ${service} ${REASON}` });
  const answer = await eventually(
    "the request to stand in the chat",
    async () => {
      const fresh = (await seen()).filter(({ ts }) => !before.has(ts));
      const request = fresh.find((message) => message.text.includes(service) && hasButton(message));
      const reply = fresh.find(({ to }) => to === ASKS);
      if (reply) answered = Math.min(answered, performance.now());
      const refusal = performance.now() - answered > AFTER_ANSWER_MS ? reply : undefined;
      return request ?? refusal ?? null;
    },
    signal,
  );
  if (!hasButton(answer)) throw refused(answer.text);
  await act("/workspace/click", { user: APPROVES, channel, ts: answer.ts, action_id: APPROVE });
}

const hasButton = ({ blocks }: Message) =>
  blocks.some(({ elements }) => elements?.some(({ action_id }) => action_id === APPROVE));

const refused = (why: string) =>
  new Problem("NOT_ROTATED", `Not renewed: ${why}`, "The whole answer stands in the chat, seen as ana.");
