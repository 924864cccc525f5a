import { randomBytes } from "node:crypto";
import { z } from "zod";
import { readContent } from "./content.ts";
import { BOT } from "./directory.ts";
import type { Clock } from "./ids.ts";
import type { Message, Messages, NewMessage } from "./messages.ts";
import { type Refusal, refuse } from "./refusal.ts";

const USES = 5;
const LIFETIME_MS = 30 * 60_000;
const LONGEST_TEXT = 40_000;

/** Where an answer goes: to the person who acted, in the channel where they did, about the message they acted on. */
export interface Occasion {
  user: string;
  channel: string;
  original?: Message;
}

interface Issued extends Occasion {
  at: number;
  uses: number;
}

/** Response URLs: five uses in thirty minutes. */
export class ResponseUrls {
  readonly #issued = new Map<string, Issued>();
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** The secret last part of a new URL. */
  issue(occasion: Occasion): string {
    const token = randomBytes(18).toString("base64url");
    this.#issued.set(token, { ...occasion, at: this.#now(), uses: 0 });
    return token;
  }

  use(token: string): { ok: true; occasion: Occasion } | Refusal {
    const issued = this.#issued.get(token);
    if (!issued) return refuse("invalid_token");
    if (this.#now() - issued.at > LIFETIME_MS) return refuse("expired_url");
    if (issued.uses >= USES) return refuse("used_url");
    issued.uses += 1;
    return { ok: true, occasion: issued };
  }
}

const answerSchema = z.strictObject({
  response_type: z.enum(["ephemeral", "in_channel"]).default("ephemeral"),
  replace_original: z.boolean().default(false),
  delete_original: z.boolean().default(false),
  text: z.string().optional(),
  blocks: z.unknown().optional(),
  metadata: z.unknown().optional(),
  thread_ts: z.string().optional(),
  mrkdwn: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
});

/** Does what an app answered, at a response URL or in its acknowledgement of a slash command. */
export function answer(
  messages: Messages,
  occasion: Occasion,
  body: unknown,
): { ok: true; message?: Message } | Refusal {
  const parsed = answerSchema.safeParse(body);
  if (!parsed.success) return refuse("invalid_payload");
  const { response_type, replace_original, delete_original, thread_ts } = parsed.data;
  const { original, channel, user } = occasion;
  if (delete_original && original) {
    messages.remove(original);
    return { ok: true };
  }
  const content = readContent(parsed.data, LONGEST_TEXT);
  if (!content.ok) return content;
  const { text, blocks = [], metadata } = content;
  const shown = { text, blocks, ...(metadata ? { metadata } : {}) };
  if (replace_original && original) {
    messages.update(original, shown);
    return { ok: true, message: original };
  }
  const message: NewMessage = { channel, bot: BOT.id, ...shown, ...(thread_ts ? { thread_ts } : {}) };
  if (response_type === "ephemeral") Object.assign(message, { ephemeral: true, to: user });
  return { ok: true, message: messages.post(message) };
}
