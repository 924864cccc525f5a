import type { Block } from "./blocks/block.ts";
import type { Feed } from "./feed.ts";
import type { Ids } from "./ids.ts";

export interface Metadata {
  event_type: string;
  event_payload: Record<string, unknown>;
}

export interface Message {
  ts: string;
  channel: string;
  /** The person who wrote it (`USLACKBOT` for Slack's own notices); absent when the bot did. */
  user?: string;
  /** The bot id, when the bot wrote it. */
  bot?: string;
  text: string;
  blocks: Block[];
  /** Set on a message that only `to` sees. */
  ephemeral?: true;
  to?: string;
  thread_ts?: string;
  metadata?: Metadata;
  edited?: { user: string; ts: string };
}

export type NewMessage = Omit<Message, "ts">;

/** What an update may change; the parts left out stay. */
export type Change = Partial<Pick<Message, "text" | "blocks" | "metadata" | "edited">>;

/** Every message of the workspace, in the order in which they came. */
export class Messages {
  readonly #messages: Message[] = [];
  readonly #ids: Ids;
  readonly #feed: Feed;

  constructor(ids: Ids, feed: Feed) {
    this.#ids = ids;
    this.#feed = feed;
  }

  post(message: NewMessage): Message {
    const posted = { ts: this.#ids.ts(), ...message };
    this.#messages.push(posted);
    this.#feed.publish(
      posted.ephemeral
        ? { type: "ephemeral", message: posted, user: posted.to ?? "" }
        : { type: "message", message: posted },
    );
    return posted;
  }

  update(message: Message, change: Change): void {
    Object.assign(message, change);
    this.#feed.publish({ type: "update", message });
  }

  remove(message: Message): void {
    const index = this.#messages.indexOf(message);
    if (index < 0) return;
    this.#messages.splice(index, 1);
    this.#feed.publish({ type: "delete", channel: message.channel, ts: message.ts });
  }

  find(channel: string, ts: string): Message | undefined {
    return this.#messages.find((one) => one.channel === channel && one.ts === ts);
  }

  /** What everybody in a channel sees, oldest first. */
  inChannel(channel: string): Message[] {
    return this.#messages.filter((one) => one.channel === channel && !one.ephemeral);
  }

  /** What one person sees in a channel, oldest first: with the ephemeral messages meant for them. */
  seenBy(channel: string, user: string | undefined): Message[] {
    return this.#messages.filter((one) => one.channel === channel && (!one.ephemeral || one.to === user));
  }
}
