import type { webApi } from "@slack/bolt";
import type { Pace } from "./pace.ts";
import type { SlackLog } from "./guard.ts";
import { isRefused, tellSlackFailure } from "./slack-failure.ts";
import type { Message } from "./views/blocks.ts";

export interface Placed {
  channel: string;
  ts: string;
}

/** By what a message of ours is known again: Slack keeps it beside the message, and shows it to nobody. */
export interface Mark {
  event_type: string;
  event_payload: Record<string, string>;
}

/** A message that is drawn again and again. */
export interface Placing {
  /** Where it stands; null: nowhere yet. */
  at: Placed | null;
  channel: string;
  mark: Mark;
  view: Message;
  /** It is not posted any more. */
  isOver: boolean;
  /** It stands there now. */
  placed: (where: Placed) => Promise<void>;
}

/** As far as Slack's clock and ours may differ. */
const clocksDifferMs = 600_000;
const perPage = 200;
const pagesAtMost = 5;

/**
 * Our message with this mark, among those of the channel since then; null when it is not there. Throws what may be over in
 * a moment. Where Slack does not let us look, nobody knows: then it is not there, and is rather told twice than never.
 */
export async function findPosted(
  { client, paced, log }: { client: webApi.WebClient; paced: Pace; log: SlackLog },
  { channel, mark, since }: { channel: string; mark: Mark; since: number },
): Promise<Placed | null> {
  const oldest = Math.max(0, (since - clocksDifferMs) / 1_000).toFixed(6);
  const asked = { channel, oldest, include_all_metadata: true, limit: perPage };
  let cursor: string | undefined;
  for (let page = 0; page < pagesAtMost; page += 1) {
    try {
      const more = cursor === undefined ? {} : { cursor };
      const answer = await paced("conversations.history", () => client.conversations.history({ ...asked, ...more }));
      const ours = answer.messages?.find(({ metadata }) => metadata !== undefined && isMarked(metadata, mark));
      if (ours?.ts !== undefined) return { channel, ts: ours.ts };
      cursor = answer.response_metadata?.next_cursor;
    } catch (error) {
      if (!isRefused(error)) throw error;
      log.warn(
        { channel, problem: tellSlackFailure(error) },
        "what was posted cannot be looked for there; where it is not found it is posted again",
      );
      return null;
    }
    if (!cursor) return null;
  }
  log.warn({ channel, since }, "what was posted was not found among a thousand messages there");
  return null;
}

function isMarked(
  metadata: { event_type?: string; event_payload?: unknown },
  { event_type, event_payload }: Mark,
): boolean {
  const held: unknown = metadata.event_payload;
  if (metadata.event_type !== event_type || typeof held !== "object" || held === null) return false;
  return Object.entries(event_payload).every(([key, value]) => Reflect.get(held, key) === value);
}
