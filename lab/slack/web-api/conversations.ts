import { z } from "zod";
import { BOT, CHANNELS, directChannel, person } from "../directory.ts";
import type { Message } from "../messages.ts";
import { TIER } from "../rate-limits.ts";
import { type Refusal, type Reply, refuse } from "../refusal.ts";
import type { Workspace } from "../workspace.ts";
import { apiMessage, type Conversation, conversation, scopeFor } from "./conversation.ts";
import { flag, limit, method, type Method, page } from "./method.ts";

const info = method({
  args: z.strictObject({ channel: z.string(), include_locale: flag, include_num_members: flag }),
  perMinute: TIER.three,
  scope: ({ channel }) => scopeFor(channel, "read"),
  handle({ channel }) {
    const found = conversation(channel);
    return found ? { ok: true, channel: apiConversation(found) } : refuse("channel_not_found");
  },
});

const list = method({
  args: z.strictObject({
    cursor: z.string().optional(),
    exclude_archived: flag,
    limit: limit(1000),
    types: z.string().optional(),
  }),
  perMinute: TIER.two,
  scope: "channels:read",
  handle({ cursor, limit: size = 100 }) {
    const channels = CHANNELS.map(({ id }) => conversation(id)).filter((found) => found !== undefined);
    const part = page(channels, size, cursor);
    if (!part) return refuse("invalid_cursor");
    return { ok: true, channels: part.items.map(apiConversation), response_metadata: { next_cursor: part.next } };
  },
});

const timestamp = z.string().optional();
const reading = {
  channel: z.string(),
  cursor: z.string().optional(),
  include_all_metadata: flag,
  inclusive: flag,
  latest: timestamp,
  oldest: timestamp,
  limit: limit(999),
};

const historyArgs = z.strictObject(reading);
type Reading = z.infer<typeof historyArgs>;

const history = method({
  args: historyArgs,
  perMinute: TIER.three,
  scope: ({ channel }) => scopeFor(channel, "history"),
  handle(args, workspace) {
    const readable = mayRead(args, workspace);
    if (!readable.ok) return readable;
    const topLevel = readable.messages.filter(({ ts, thread_ts }) => thread_ts === undefined || thread_ts === ts);
    return answerPage(topLevel.toReversed(), args, workspace);
  },
});

const replies = method({
  args: z.strictObject({ ...reading, ts: z.string() }),
  perMinute: TIER.three,
  scope: ({ channel }) => scopeFor(channel, "history"),
  handle({ ts, ...args }, workspace) {
    const readable = mayRead(args, workspace);
    if (!readable.ok) return readable;
    const thread = readable.messages.filter((message) => message.ts === ts || message.thread_ts === ts);
    return thread.some((message) => message.ts === ts)
      ? answerPage(thread, args, workspace)
      : refuse("thread_not_found");
  },
});

const open = method({
  args: z.strictObject({
    users: z.string().optional(),
    channel: z.string().optional(),
    return_im: flag,
    prevent_creation: flag,
  }),
  perMinute: TIER.three,
  scope: "im:write",
  handle({ users, channel }) {
    if (channel !== undefined) {
      return conversation(channel) ? { ok: true, channel: { id: channel } } : refuse("channel_not_found");
    }
    const wanted = (users ?? "").split(",").filter(Boolean);
    if (wanted.length === 0) return refuse("users_list_not_supplied");
    // Group conversations need people in one room, which this workspace has no use for.
    if (wanted.length > 1) return refuse("method_not_supported_for_channel_type");
    const peer = person(wanted[0] ?? "");
    return peer ? { ok: true, channel: { id: directChannel(peer.id) } } : refuse("user_not_found");
  },
});

function mayRead(args: Reading, { messages }: Workspace): { ok: true; messages: Message[] } | Refusal {
  const found = conversation(args.channel);
  if (!found) return refuse("channel_not_found");
  if (found.kind === "channel" && !found.channel.botIsMember) return refuse("not_in_channel");
  const { latest, oldest, inclusive } = args;
  if (latest !== undefined && Number.isNaN(Number(latest))) return refuse("invalid_ts_latest");
  if (oldest !== undefined && Number.isNaN(Number(oldest))) return refuse("invalid_ts_oldest");
  const from = Number(oldest ?? 0);
  const to = Number(latest ?? Infinity);
  return {
    ok: true,
    messages: messages.inChannel(found.id).filter(({ ts }) => {
      const at = Number(ts);
      return (at > from && at < to) || (inclusive === true && (ts === oldest || ts === latest));
    }),
  };
}

function answerPage(
  messages: Message[],
  { limit: size = 100, cursor, include_all_metadata }: Reading,
  { manifest }: Workspace,
): Reply {
  const withMetadata = include_all_metadata === true && manifest.scopes.has("metadata.message:read");
  const part = page(messages, size, cursor);
  if (!part) return refuse("invalid_cursor");
  return {
    ok: true,
    messages: part.items.map((message) => apiMessage(message, { withMetadata })),
    has_more: part.next !== "",
    response_metadata: { next_cursor: part.next },
  };
}

function apiConversation(found: Conversation): Record<string, unknown> {
  const direct = found.kind === "direct";
  return {
    id: found.id,
    ...(direct ? { user: found.peer.id } : { name: found.channel.name, name_normalized: found.channel.name }),
    is_channel: !direct,
    is_group: false,
    is_im: direct,
    is_mpim: false,
    is_private: direct,
    is_archived: false,
    is_member: direct || found.channel.botIsMember,
    creator: BOT.user,
    created: 1_700_000_000,
  };
}

export const conversations: Record<string, Method> = {
  "conversations.info": info,
  "conversations.list": list,
  "conversations.history": history,
  "conversations.replies": replies,
  "conversations.open": open,
};
