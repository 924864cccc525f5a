import { sql } from "kysely";
import { expect, test } from "vitest";
import type { Store } from "../../bot/adapters/store/database.ts";
import { Failure } from "../../bot/errors.ts";
import { aStore } from "../support/renewal-fixtures.ts";
import { aWorld } from "../support/renewal-world.ts";
import { renew } from "../support/run-once.ts";

/** SQLite's own answer when the disk has no page left. */
async function fillDisk({ db, audit }: Store): Promise<void> {
  const { rows } = await sql<{ page_count: number }>`PRAGMA page_count`.execute(db);
  await sql.raw(`PRAGMA max_page_count = ${rows[0]?.page_count}`).execute(db);
  for (let size = 2_048; size >= 1; size /= 2) {
    const entry = { at: 1, actor: "test", action: "fill", subject: "disk", detail: { text: "x".repeat(size) } };
    while (await audit.append(entry).then(() => true, isFull)) {}
  }
}

function isFull(error: unknown): false {
  if (error instanceof Failure && error.code === "store-full") return false;
  throw error;
}

test("a disk that is full in the middle of a renewal: it says so, and goes on when there is space again", async () => {
  const [store, world] = [await aStore(), await aWorld()];
  const problems: unknown[] = [];
  let full: Promise<void> | undefined;
  const { state, receipt } = await renew(store, world, {
    onStep({ step }) {
      if (step === "written") full = fillDisk(store);
    },
    needs: {
      onProblem({ error }) {
        problems.push(error);
        void sql.raw("PRAGMA max_page_count = 1000000").execute(store.db);
      },
    },
  });
  await full;
  expect(problems[0]).toMatchObject({ code: "store-full" });
  expect(state).toBe("deployed");
  expect(world.vault.writes).toHaveLength(1);
  expect(receipt?.instances.map(({ newSerial }) => newSerial)).toEqual(
    Object.values(world.instances).map(({ serial }) => serial),
  );
  expect(await store.audit.verify()).toBeNull();
});
