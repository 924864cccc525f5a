import { drawOutlook } from "../../bot/adapters/draw-outlook.ts";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { blockChoice } from "../../bot/slack/block-choice.ts";
import type { Store } from "../../bot/adapters/store/database.ts";

/** What the outbox draws besides requests. */
export const drawnBesides = ({ db }: Pick<Store, "db">, blocks: "plain" | "newest" = "plain") => ({
  expiryNotices: expiryNotices(db.withTables()),
  owners: {},
  drawOutlook,
  blocks: blockChoice(blocks, { warn() {} }),
});
