import { APP_ID, BOT, type Channel, channel, CHANNELS, directPeer, type Person, person, TEAM } from "../directory.ts";
import type { Message } from "../messages.ts";

export type Conversation =
  | { kind: "channel"; id: string; channel: Channel }
  | { kind: "direct"; id: string; peer: Person };

/** Finds a conversation by its id; where Slack allows it also by a channel's name or a person's id. */
export function conversation(given: string, { byName = false } = {}): Conversation | undefined {
  const name = given.replace(/^#/, "");
  const found = channel(given) ?? (byName ? CHANNELS.find((one) => one.name === name) : undefined);
  if (found) return { kind: "channel", id: found.id, channel: found };
  const peer = directPeer(given) ?? (byName ? person(given) : undefined);
  return peer && { kind: "direct", id: `D${peer.id.slice(1)}`, peer };
}

/** The scope family of a conversation id: `channels:read` for channels, `im:read` for direct ones. */
export function scopeFor(id: string, right: "read" | "history"): string {
  return id.startsWith("D") ? `im:${right}` : `channels:${right}`;
}

/** A message as `conversations.history` and interactive payloads show it. */
export function apiMessage(message: Message, { withMetadata = false } = {}): Record<string, unknown> {
  const { ts, text, blocks, user, bot, thread_ts, edited, metadata } = message;
  return {
    type: "message",
    ts,
    text,
    team: TEAM.id,
    ...(bot ? { user: BOT.user, bot_id: bot, app_id: APP_ID } : { user }),
    ...(blocks.length > 0 ? { blocks } : {}),
    ...(thread_ts ? { thread_ts } : {}),
    ...(edited ? { edited } : {}),
    ...(metadata && withMetadata ? { metadata } : {}),
  };
}
