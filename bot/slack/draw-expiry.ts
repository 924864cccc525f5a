import type { ExpiryNotices } from "../operations/store-ports.ts";
import type { Placing } from "./find-posted.ts";
import { expiryView } from "./views/expiry.ts";

/** Where an owner is told, and who of them: Slack ids. */
type Owners = Record<string, { channel?: string | undefined; mention?: string | undefined }>;

export interface DrawExpiryNeeds {
  expiryNotices: Pick<ExpiryNotices, "find" | "placed">;
  owners: Owners;
  /** Of what has no owner, or one without a channel. */
  channel: string;
  /** Draws it where it stands, or posts it. */
  place: (message: Placing) => Promise<void>;
}

/** Draws the message of a notice as the store has it now. What is over is not posted any more, nor is it again. */
export async function drawExpiry(needs: DrawExpiryNeeds, id: string): Promise<void> {
  const { expiryNotices, owners } = needs;
  const found = await expiryNotices.find(id);
  if (found === null) return;
  const { notice, message } = found;
  const { channel = needs.channel, mention = null } = owners[notice.owner ?? ""] ?? {};
  await needs.place({
    at: message,
    channel,
    mark: { event_type: "certops_expiry", event_payload: { notice: id } },
    view: expiryView(notice, mention),
    isOver: notice.over !== null,
    placed: (where) => expiryNotices.placed(id, where),
  });
}
