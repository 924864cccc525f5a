import { channelOf, type Owners } from "../domain/owner-channel.ts";
import type { ExpiryNotices } from "../operations/store-ports.ts";
import type { Placing } from "./find-posted.ts";
import { expiryView } from "./views/expiry.ts";
import { togetherView } from "./views/expiry-together.ts";

export interface DrawExpiryNeeds {
  expiryNotices: Pick<ExpiryNotices, "toldIn" | "placed">;
  owners: Owners;
  /** Of what has no owner, or one without a channel. */
  channel: string;
  /** Draws it where it stands, or posts it. */
  place: (message: Placing) => Promise<void>;
}

/**
 * Draws the message of that id, of one notice or of several, as the store has it now. What is over is not posted any more, nor
 * is it again.
 */
export async function drawExpiry(needs: DrawExpiryNeeds, id: string): Promise<void> {
  const { expiryNotices, owners } = needs;
  const found = await expiryNotices.toldIn(id);
  const [notice, ...others] = found?.notices ?? [];
  if (found === null || notice === undefined) return;
  const { notices, message } = found;
  const mention = (owner: string | null) => owners[owner ?? ""]?.mention ?? null;
  await needs.place({
    at: message,
    // Those that share a message share a channel.
    channel: channelOf(owners, notice.owner, needs.channel),
    mark: { event_type: "certops_expiry", event_payload: { notice: id } },
    view: others.length === 0 ? expiryView(notice, mention(notice.owner)) : togetherView(notices, mention),
    isOver: notices.every(({ over }) => over !== null),
    placed: (where) => expiryNotices.placed(id, where),
  });
}
