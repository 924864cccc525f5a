import { z } from "zod";
import { readContent } from "../content.ts";
import { BOT, person } from "../directory.ts";
import type { Change, NewMessage } from "../messages.ts";
import { POSTS_PER_CHANNEL, TIER } from "../rate-limits.ts";
import type { Block } from "../blocks/block.ts";
import { type Refusal, refuse, refuseFor } from "../refusal.ts";
import type { Workspace } from "../workspace.ts";
import { apiMessage, type Conversation, conversation } from "./conversation.ts";
import { flag, method, type Method } from "./method.ts";

const LONGEST_TEXT = 40_000;
const LONGEST_UPDATED_TEXT = 4_000;

const content = {
  channel: z.string(),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  metadata: z.unknown().optional(),
  parse: z.enum(["full", "none"]).optional(),
  link_names: flag,
};
const posting = { ...content, thread_ts: z.string().optional() };

const postMessage = method({
  args: z.strictObject({
    ...posting,
    mrkdwn: flag,
    reply_broadcast: flag,
    unfurl_links: flag,
    unfurl_media: flag,
  }),
  perMinute: TIER.special,
  scope: "chat:write",
  handle(args, workspace) {
    const target = postable(args.channel, workspace);
    if (!target.ok) return target;
    const read = readContent(args, LONGEST_TEXT);
    if (!read.ok) return read;
    const unknown = unknownFiles(read.blocks ?? [], workspace);
    if (unknown) return unknown;
    const { id } = target.conversation;
    if (unthreadable(id, args.thread_ts, workspace)) return refuse("cannot_reply_to_message");
    const wait = workspace.rates.take(`post ${id}`, POSTS_PER_CHANNEL);
    if (wait !== null) return { ok: false, error: "ratelimited", retryAfter: wait };
    const { text, blocks = [], metadata } = read;
    const message = workspace.messages.post({
      channel: id,
      bot: BOT.id,
      text,
      blocks,
      ...(metadata ? { metadata } : {}),
      ...(args.thread_ts ? { thread_ts: args.thread_ts } : {}),
    });
    return { ok: true, channel: id, ts: message.ts, message: apiMessage(message, { withMetadata: true }) };
  },
});

const update = method({
  args: z.strictObject({ ...content, ts: z.string(), reply_broadcast: flag }),
  perMinute: TIER.three,
  scope: "chat:write",
  handle(args, { messages, ids }) {
    const target = conversation(args.channel);
    if (!target) return refuse("channel_not_found");
    const message = messages.find(target.id, args.ts);
    if (!message || message.ephemeral) return refuse("message_not_found");
    if (message.bot !== BOT.id) return refuse("cant_update_message");
    const read = readContent(args, LONGEST_UPDATED_TEXT);
    if (!read.ok) return read;
    const change: Change = { text: read.text, blocks: read.blocks ?? [] };
    if (read.metadata) change.metadata = read.metadata;
    // Slack marks as edited only what was changed by its text.
    if (!read.blocks) change.edited = { user: BOT.user, ts: ids.ts() };
    messages.update(message, change);
    return {
      ok: true,
      channel: target.id,
      ts: message.ts,
      text: message.text,
      message: apiMessage(message, { withMetadata: true }),
    };
  },
});

const postEphemeral = method({
  args: z.strictObject({ ...posting, user: z.string() }),
  perMinute: TIER.four,
  scope: "chat:write",
  handle(args, workspace) {
    const target = postable(args.channel, workspace);
    if (!target.ok) return target;
    if (!person(args.user)) return refuse("user_not_in_channel");
    const read = readContent(args, LONGEST_TEXT);
    if (!read.ok) return read;
    const { id } = target.conversation;
    if (unthreadable(id, args.thread_ts, workspace)) return refuse("cannot_reply_to_message");
    const message: NewMessage = {
      channel: id,
      bot: BOT.id,
      text: read.text,
      blocks: read.blocks ?? [],
      ephemeral: true,
      to: args.user,
      ...(args.thread_ts ? { thread_ts: args.thread_ts } : {}),
    };
    return { ok: true, message_ts: workspace.messages.post(message).ts };
  },
});

function postable(given: string, { manifest }: Workspace): { ok: true; conversation: Conversation } | Refusal {
  const target = conversation(given, { byName: true });
  if (!target) return refuse("channel_not_found");
  if (target.kind === "direct" && !manifest.messagesTab) return refuse("messages_tab_disabled");
  const outside = target.kind === "channel" && !target.channel.botIsMember;
  if (outside && !manifest.scopes.has("chat:write.public")) return refuse("not_in_channel");
  return { ok: true, conversation: target };
}

/** An image block may show what was uploaded, once the upload is complete and found to be an image. */
function unknownFiles(blocks: Block[], { files }: Workspace): Refusal | null {
  const wrong = blocks.flatMap((block, index) => {
    if (block.type !== "image" || block.slack_file === undefined || !("id" in block.slack_file)) return [];
    const isImage = files.find(block.slack_file.id)?.type.startsWith("image/") ?? false;
    return isImage ? [] : [`invalid slack file [json-pointer:/blocks/${index}/slack_file]`];
  });
  return wrong.length === 0 ? null : refuseFor("invalid_blocks", wrong);
}

function unthreadable(channel: string, thread: string | undefined, { messages }: Workspace): boolean {
  if (thread === undefined) return false;
  const parent = messages.find(channel, thread);
  return parent === undefined || parent.ephemeral === true;
}

export const chat: Record<string, Method> = {
  "chat.postMessage": postMessage,
  "chat.update": update,
  "chat.postEphemeral": postEphemeral,
};
