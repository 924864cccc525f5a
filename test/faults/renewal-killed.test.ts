import { expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { runToHalt } from "../support/halt.ts";
import type { ChildOrders } from "../support/renewal-child.ts";
import { approvedIn, aRequest, renewalIn } from "../support/renewal-fixtures.ts";
import { aWorld } from "../support/renewal-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { serveVault } from "../support/vault-over-http.ts";

const bot = (orders: ChildOrders) => runToHalt("./renewal-child.ts", orders);

// Each step of a request is in request-killed; these are what only its second wave has.
const places: { rollout: "all" | "one-first"; haltAt: string; resumed: boolean; writes: number }[] = [
  { rollout: "one-first", haltAt: "proven", resumed: true, writes: 2 },
  { rollout: "one-first", haltAt: "taken by Vault 2", resumed: true, writes: 2 },
];

test.each(places)(
  'a bot killed at "$haltAt" ($rollout) finishes the renewal once after its restart',
  async ({ rollout, haltAt, resumed, writes }) => {
    using folder = temporaryFolder();
    const world = await aWorld({ rollout });
    const request = aRequest({ createdAt: Date.now() }, world.service);
    const old = Object.values(world.instances).map(({ serial }) => serial);
    const file = await approvedIn(folder, request);
    await using vault = await serveVault(world.vault);
    const orders = { store: file, vault: vault.url, service: world.service, files: world.files };

    expect(await bot({ ...orders, haltAt })).toBe("killed");
    expect(await bot({ ...orders, haltAt: null })).toBe(0);

    await using store = await openStore(file, Date.now);
    const ended = await renewalIn(store, request.id);
    expect(ended.state).toBe("deployed");
    expect(ended.receipt?.notes).toHaveLength(resumed ? 1 : 0);
    expect(ended.receipt?.instances.map(({ newSerial }) => newSerial)).toEqual(
      Object.values(world.instances).map(({ serial }) => serial),
    );
    expect(ended.receipt?.instances.map(({ oldSerial }) => oldSerial)).toEqual(old);
    expect(ended.receipt?.besides).toEqual([]);
    expect(world.vault.writes).toHaveLength(writes);
    expect(world.vault.certificates.filter(({ generation }) => generation === request.id)).toHaveLength(2);

    const actions = (await store.audit.about(request.id)).map(({ action }) => action);
    expect(actions.filter((action) => action === "request.deployed")).toHaveLength(1);
    expect(actions).toContain("job.cut-off");
    expect(await store.audit.verify()).toBeNull();
    expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
  },
);

test("what a killed bot had counted stays counted", async () => {
  using folder = temporaryFolder();
  const world = await aWorld();
  const request = aRequest({ createdAt: Date.now() }, world.service);
  const file = await approvedIn(folder, request);
  {
    await using store = await openStore(file, Date.now);
    const job = await store.jobs.claim("bot-before", Date.now(), 60_000);
    const proof = { tried: 1_000, failed: 3, causes: { ECONNRESET: 3 }, before: {}, served: {}, latest: {} };
    await store.jobs.keep(job?.request ?? "", "bot-before", Date.now() + 60_000, proof);
  }
  await using vault = await serveVault(world.vault);
  const orders = { store: file, vault: vault.url, service: world.service, files: world.files, haltAt: null };
  expect(await bot(orders)).toBe(0);
  await using store = await openStore(file, Date.now);
  const { handshakes } = (await renewalIn(store, request.id)).receipt ?? {};
  expect(handshakes?.tried).toBeGreaterThan(1_000);
  expect(handshakes).toMatchObject({ failed: 3, causes: { ECONNRESET: 3 } });
});
