import type { App, BlockAction, RespondFn } from "@slack/bolt";
import { isRefusal } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Attention } from "../operations/attention.ts";
import { runCommand, wordsOf } from "../operations/command.ts";
import type { Desk } from "../operations/command.ts";
import type { Decided } from "../operations/decide-request.ts";
import type { Clock } from "../operations/ports.ts";
import { whisper } from "./guard.ts";
import { nextPage, pageOf, previousPage } from "./views/answer.ts";
import type { Message } from "./views/blocks.ts";
import { homeView } from "./views/home.ts";
import { outcomeView } from "./views/outcome.ts";
import { refusalView } from "./views/refusal.ts";
import { alreadyDecidedView, approveAction, denyAction } from "./views/request.ts";
import { sentenceView } from "./views/sentence.ts";

export interface ListenerNeeds {
  desk: Desk;
  decide(click: { id: string; user: string; verdict: "approve" | "deny" }): Promise<Decided | Refusal>;
  /** What the Home tab shows. */
  attention(): Promise<Attention>;
  /** Where requests and receipts stand. */
  channel: string;
  clock: Clock;
}

/** One listener for each kind of delivery, so that none goes unanswered. The guard has acknowledged before. */
export function listen(app: App, needs: ListenerNeeds): void {
  app.command(/.*/, async ({ command, respond }) => {
    await whisper(respond, await answerTo(needs, { text: command.text, user: command.user_id, page: 0 }));
  });

  app.action<BlockAction>({ type: "block_actions" }, async ({ action, body, respond }) => {
    const value = "value" in action && typeof action.value === "string" ? action.value : "";
    await click(needs, { action: action.action_id, value, user: body.user.id, respond });
  });

  app.event("app_home_opened", async ({ event, client }) => {
    if (event.tab !== "home") return;
    const { blocks } = homeView(await needs.attention(), { channel: needs.channel, now: needs.clock() });
    await client.views.publish({ user_id: event.user, view: { type: "home", blocks } });
  });
}

interface Click {
  action: string;
  value: string;
  user: string;
  respond: RespondFn;
}

async function click(needs: ListenerNeeds, { action, value, user, respond }: Click): Promise<void> {
  switch (action) {
    case approveAction:
    case denyAction:
      return decide(needs, { id: value, user, verdict: action === approveAction ? "approve" : "deny" }, respond);
    case previousPage:
    case nextPage: {
      const state = pageOf(value);
      if (state === null) return outdated(respond);
      const message = await answerTo(needs, { text: state.args.join(" "), user, page: state.page });
      await respond({ replace_original: true, ...message });
      return;
    }
    default:
      return outdated(respond);
  }
}

async function answerTo(
  { desk, clock, channel }: ListenerNeeds,
  { text, user, page }: { text: string; user: string; page: number },
): Promise<Message> {
  const args = wordsOf(text);
  const outcome = await runCommand(desk, { args, user });
  return isRefusal(outcome) ? refusalView(outcome) : outcomeView(outcome, { args, page, now: clock(), channel });
}

async function decide(
  needs: ListenerNeeds,
  { id, user, verdict }: { id: string; user: string; verdict: "approve" | "deny" },
  respond: RespondFn,
): Promise<void> {
  const decided = await needs.decide({ id, user, verdict });
  if (isRefusal(decided)) return whisper(respond, refusalView(decided));
  // The message itself is redrawn by the outbox.
  if (!decided.changed) await whisper(respond, alreadyDecidedView(decided.request));
}

const outdated = (respond: RespondFn) =>
  whisper(respond, sentenceView("This button is from an older message. Ask again with `/cert help`."));
