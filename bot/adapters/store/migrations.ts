import type { Kysely } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { Failure } from "../../errors.ts";
import { copyFor, copyStore } from "./copies.ts";
import { up as renewals } from "./migrations/0001-renewals.ts";
import { up as inventory } from "./migrations/0002-inventory.ts";
import { up as deliveries } from "./migrations/0003-deliveries.ts";
import { up as deliveredWork } from "./migrations/0004-delivered-work.ts";
import { up as requestKinds } from "./migrations/0005-request-kinds.ts";
import { up as deliveredCommand } from "./migrations/0006-delivered-command.ts";
import { up as approvals } from "./migrations/0007-approvals.ts";
import { up as approvalPolicies } from "./migrations/0008-approval-policies.ts";
import { up as expiry } from "./migrations/0009-expiry.ts";
import { up as outboxUnclear } from "./migrations/0010-outbox-unclear.ts";
import { up as passkeys } from "./migrations/0011-passkeys.ts";
import { up as homes } from "./migrations/0012-homes.ts";
import { up as expiryMessages } from "./migrations/0013-expiry-messages.ts";

/** Numbered, forward only: an applied one is never edited. */
export const migrations: Record<string, Migration> = {
  "0001-renewals": { up: renewals },
  "0002-inventory": { up: inventory },
  "0003-deliveries": { up: deliveries },
  "0004-delivered-work": { up: deliveredWork },
  "0005-request-kinds": { up: requestKinds },
  "0006-delivered-command": { up: deliveredCommand },
  "0007-approvals": { up: approvals },
  "0008-approval-policies": { up: approvalPolicies },
  "0009-expiry": { up: expiry },
  "0010-outbox-unclear": { up: outboxUnclear },
  "0011-passkeys": { up: passkeys },
  "0012-homes": { up: homes },
  "0013-expiry-messages": { up: expiryMessages },
};

/**
 * Brings the store up to this program's schema; a migration that is cut off leaves nothing behind. A store that is older than
 * the program is copied first.
 */
export async function migrate<T>(db: Kysely<T>, file: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const known = await migrator.getMigrations();
  const last = known.findLast(({ executedAt }) => executedAt !== undefined);
  if (last !== undefined && last !== known.at(-1)) await copyStore(db, file, last.name);
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  if (error instanceof Failure) throw error;
  const newer = error instanceof Error && error.message.includes("corrupted migrations");
  throw newer
    ? new Failure("store-newer", `The store ${file} was written by a newer certops.`, goBack(file), { cause: error })
    : new Failure(
        "store-migration",
        `The store ${file} could not be brought up to date: ${error instanceof Error ? error.message : "for no reason given"}`,
        "It is as it was before. Keep a copy and report this.",
        { cause: error },
      );
}

function goBack(file: string): string {
  const newer = "Start that newer version";
  const copy = copyFor(file, Object.keys(migrations).at(-1) ?? "");
  if (copy === null) return `${newer}: there is no copy from before the upgrade.`;
  return `${newer}; or, without what was written since the upgrade, move ${file} and ${file}-wal away and rename ${copy} to ${file}.`;
}
