import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { runToHalt } from "../support/halt.ts";
import type { ListFile, RevocationOrders } from "../support/revocation-child.ts";
import { aRevocationWorld, propose, revocationIn } from "../support/revocation-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { serveVault } from "../support/vault-over-http.ts";

const bot = (orders: RevocationOrders) => runToHalt("./revocation-child.ts", orders);

test.each([
  ["renewal opened", 0],
  ["one revoked", 1],
  ["list made anew", 1],
])("a bot killed at %j goes on: one renewal, and nothing revoked before it was served", async (haltAt, resumed) => {
  using folder = temporaryFolder();
  const file = folder.file("certops.db");
  const [of, id] = await (async () => {
    await using store = await openStore(file, Date.now);
    const world = await aRevocationWorld(store);
    const asked = await propose(world);
    if (isRefusal(asked)) throw new Error(asked.message);
    await decideRequest(world.needs, { id: asked.id, user: "U0BEN", verdict: "approve" });
    return [world, asked.id] as const;
  })();
  const old = Object.values(of.world.instances).map(({ serial }) => serial);
  await using vault = await serveVault(of.world.vault);
  const list = folder.file("list.json");
  writeFileSync(list, JSON.stringify({ revoked: [], list: [], served: [] } satisfies ListFile));
  const orders = { store: file, vault: vault.url, service: of.world.service, files: of.world.files, list };

  expect(await bot({ ...orders, haltAt })).toBe("killed");
  expect(await bot({ ...orders, haltAt: null })).toBe(0);

  await using store = await openStore(file, Date.now);
  const { state, receipt } = await revocationIn(store, id);
  expect(state).toBe("revoked");
  expect(receipt?.notes).toHaveLength(resumed);
  const { list: named, served } = JSON.parse(readFileSync(list, "utf8")) as ListFile;
  expect(named.toSorted()).toEqual(old.toSorted());
  expect(served).toEqual(Object.values(of.world.instances).map(({ serial }) => serial));
  expect(old).not.toContain(served[0]);
  expect(await store.requests.list({ kind: "renewal" })).toMatchObject([{ state: "deployed" }]);
  expect(of.world.vault.writes).toHaveLength(1);
  expect(await store.audit.verify()).toBeNull();
  expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
});
