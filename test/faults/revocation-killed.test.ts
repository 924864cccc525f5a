import { afterAll, beforeAll, expect, test } from "vitest";
import { instanceAdmin } from "../../bot/adapters/instance-admin.ts";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import { observeEndpoints } from "../../bot/operations/observe-endpoints.ts";
import { readIssued } from "../../bot/operations/read-issued.ts";
import { runToHalt } from "../support/halt.ts";
import type { RevocationOrders } from "../support/revocation-child.ts";
import { approvedRevocation, desk, revocationIn } from "../support/revocation-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aVaultWorld, type VaultWorld } from "../support/vault-world.ts";

// One Vault and one service for all of them: each revocation takes back what the one before has left.

let world: VaultWorld;
beforeAll(async () => {
  world = await aVaultWorld({ lists: true });
});
afterAll(() => world?.[Symbol.asyncDispose]());

/** What is served is looked at, Vault's list is read, and Ben approves that all of it is revoked. */
async function asked(store: Store): Promise<string> {
  const { service } = world;
  const kept = inventory(store.db.withTables());
  const needs = {
    ...desk(store),
    inventory: kept,
    issued: issuedList(vaultClient(world.vault)),
    admin: instanceAdmin({ deadlineMs: 3_000 }),
    services: new Map([[service.name, service]]),
  };
  await readIssued(needs, "pki");
  const looking = { deadlineMs: 3_000, concurrency: 4, isWatched: () => true };
  await observeEndpoints({ probe: createProbe(world.files), inventory: kept }, service.endpoints, looking);
  return approvedRevocation({ needs });
}

test.each([
  ["renewal opened", 0],
  ["one revoked", 1],
  ["list made anew", 1],
])("a bot killed at %j goes on: one renewal, and nothing revoked before it was served", async (haltAt, resumed) => {
  using folder = temporaryFolder();
  const file = folder.file("certops.db");
  const id = await (async () => {
    await using store = await openStore(file, Date.now);
    return await asked(store);
  })();
  const [old, before, pair] = [world.serials(), await world.generations(), await world.keepPair("a-1")];
  const listedBefore = await world.listed();
  const { vault, files, service } = world;
  const orders: RevocationOrders = { store: file, vault, files, service, haltAt: null };
  const served: unknown[] = [];
  const bot = (changes: Partial<RevocationOrders>) =>
    runToHalt("./revocation-child.ts", { ...orders, ...changes }, (line) =>
      served.push(JSON.parse(line.replace("served ", ""))),
    );

  expect(await bot({ haltAt })).toBe("killed");
  expect(await bot({})).toBe(0);

  await using store = await openStore(file, Date.now);
  const { state, receipt } = await revocationIn(store, id);
  expect(state).toBe("revoked");
  expect(receipt?.notes).toHaveLength(resumed);
  expect([...(await world.listed())].toSorted()).toEqual([...listedBefore, ...old].toSorted());
  expect(served[0]).toEqual(world.serials());
  expect(old).not.toContain(world.serials()[0]);
  expect(await store.requests.list({ kind: "renewal" })).toMatchObject([{ state: "deployed" }]);
  expect(await world.generations()).toMatchObject({ version: before.version + 1 });
  // Whoever kept an old pair is turned away with it.
  const [first] = service.endpoints;
  if (first === undefined) throw new Error("no instance");
  const thief = createProbe({ ...files, identityFile: pair });
  expect((await thief(first, 3_000)).observation.problem).not.toBeNull();
  expect((await createProbe(files)(first, 3_000)).observation.problem).toBeNull();
  expect(await store.audit.verify()).toBeNull();
  expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
});
