import type { ExpiryNotices } from "../operations/store-ports.ts";
import type { Mark, Placed } from "./find-posted.ts";
import type { Message } from "./views/blocks.ts";
import { expiryView } from "./views/expiry.ts";

/** Where an owner is told, and who of them: Slack ids. */
type Owners = Record<string, { channel?: string | undefined; mention?: string | undefined }>;

export interface DrawExpiryNeeds {
  expiryNotices: Pick<ExpiryNotices, "find" | "placed">;
  owners: Owners;
  /** Of what has no owner, or one without a channel. */
  channel: string;
  post: (where: { channel: string; mark: Mark; view: Message }) => Promise<Placed | null>;
  /** false when the message is gone. */
  updated: (placed: Placed, view: Message & { metadata: Mark }) => Promise<boolean>;
  /** What an attempt posted of which nobody heard the outcome; null: nothing. */
  posted: (where: { channel: string; mark: Mark }) => Promise<Placed | null>;
}

/** Draws the message of a notice as the store has it now. What is over is not posted any more, nor is it again. */
export async function drawExpiry(needs: DrawExpiryNeeds, id: string): Promise<void> {
  const { expiryNotices, owners } = needs;
  const found = await expiryNotices.find(id);
  if (found === null) return;
  const { notice, message } = found;
  const { channel = needs.channel, mention = null } = owners[notice.owner ?? ""] ?? {};
  const view = expiryView(notice, mention);
  const mark = { event_type: "certops_expiry", event_payload: { notice: id } };
  if (message !== null && (await needs.updated(message, { ...view, metadata: mark }))) return;
  const lost = await needs.posted({ channel, mark });
  if (lost !== null && (await needs.updated(lost, { ...view, metadata: mark }))) {
    return expiryNotices.placed(id, lost);
  }
  if (notice.over !== null) return;
  const placed = await needs.post({ channel, mark, view });
  if (placed !== null) await expiryNotices.placed(id, placed);
}
