import type { webApi } from "@slack/bolt";
import { isRefusal } from "../domain/refusal.ts";
import type { Refusal } from "../domain/refusal.ts";
import type { Attention } from "../operations/attention.ts";
import { runCommand, wordsOf } from "../operations/command.ts";
import type { Desk } from "../operations/command.ts";
import type { Decided } from "../operations/decide-request.ts";
import type { Clock, Delivered } from "../operations/ports.ts";
import { type Command, commandOf } from "../operations/verbs.ts";
import { respondTo, whisper } from "./respond.ts";
import { nextPage, pageOf, previousPage } from "./views/answer.ts";
import type { Message } from "./views/blocks.ts";
import { homeView } from "./views/home.ts";
import { outcomeView } from "./views/outcome.ts";
import { refusalView } from "./views/refusal.ts";
import { alreadyDecidedView, approveAction, denyAction } from "./views/request.ts";
import { sentenceView } from "./views/sentence.ts";

export interface WorkNeeds {
  desk: Desk;
  decide(click: { id: string; user: string; verdict: "approve" | "deny" }): Promise<Decided | Refusal>;
  /** What the Home tab shows. */
  attention(): Promise<Attention>;
  client: Pick<webApi.WebClient, "views">;
  /** Where requests and receipts stand. */
  channel: string;
  clock: Clock;
}

/**
 * Does what was asked for in Slack, and answers. `since`: when it was delivered to a bot that was cut off in its
 * midst. What that one had done already is then not done twice, and answered as if it had been done now.
 */
export async function workOff(needs: WorkNeeds, delivered: Delivered, since?: number): Promise<void> {
  switch (delivered.kind) {
    case "command": {
      const { command, text, user, responseUrl } = delivered;
      const typed = { command: commandOf(command), text, user, page: 0, since };
      return whisper(respondTo(responseUrl), await answerTo(needs, typed));
    }
    case "click":
      return click(needs, delivered, since);
    case "home": {
      const { blocks } = homeView(await needs.attention(), { channel: needs.channel, now: needs.clock() });
      await needs.client.views.publish({ user_id: delivered.user, view: { type: "home", blocks } });
    }
  }
}

type Click = Extract<Delivered, { kind: "click" }>;

async function click(needs: WorkNeeds, delivered: Click, since: number | undefined): Promise<void> {
  const { action, value, user, responseUrl } = delivered;
  const respond = respondTo(responseUrl);
  switch (action) {
    case approveAction:
      return decide(needs, { ...delivered, verdict: "approve" }, since);
    case denyAction:
      return decide(needs, { ...delivered, verdict: "deny" }, since);
    case previousPage:
    case nextPage: {
      const state = pageOf(value);
      if (state === null) return whisper(respond, outdated);
      const typed = { command: "/cert", text: state.args.join(" "), user, page: state.page, since } as const;
      const message = await answerTo(needs, typed);
      await respond({ replace_original: true, ...message });
      return;
    }
    default:
      return whisper(respond, outdated);
  }
}

interface Typed {
  command: Command;
  text: string;
  user: string;
  page: number;
  since: number | undefined;
}

async function answerTo(
  { desk, clock, channel }: WorkNeeds,
  { command, text, user, page, since }: Typed,
): Promise<Message> {
  const args = wordsOf(text);
  const outcome = await runCommand(desk, { command, args, user, ...(since !== undefined && { since }) });
  return isRefusal(outcome) ? refusalView(outcome) : outcomeView(outcome, { args, page, now: clock(), channel });
}

async function decide(
  needs: WorkNeeds,
  { value: id, user, verdict, responseUrl }: Click & { verdict: "approve" | "deny" },
  since: number | undefined,
): Promise<void> {
  const decided = await needs.decide({ id, user, verdict });
  if (isRefusal(decided)) return whisper(respondTo(responseUrl), refusalView(decided));
  // The message itself is redrawn by the outbox.
  const { changed, request } = decided;
  const byThisClick = since !== undefined && request.decidedBy === user && (request.decidedAt ?? 0) >= since;
  if (!changed && !byThisClick) await whisper(respondTo(responseUrl), alreadyDecidedView(request));
}

const outdated = sentenceView("This button is from an older message. Ask again with `/cert help`.");
