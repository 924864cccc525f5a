import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { createProbe } from "../../bot/adapters/tls-probe.ts";
import { vaultClient } from "../../bot/adapters/vault/client.ts";
import { issuedList } from "../../bot/adapters/vault/issued.ts";
import { steps } from "../../bot/domain/steps.ts";
import { observeEndpoints } from "../../bot/operations/observe-endpoints.ts";
import { readIssued } from "../../bot/operations/read-issued.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { SECRETS, startWorkspace, type TestWorkspace } from "../contract/slack-fixture.ts";
import { runToHalt } from "../support/halt.ts";
import type { RevocationOrders } from "../support/revocation-child.ts";
import { revocationIn } from "../support/revocation-world.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aVaultWorld, type VaultWorld } from "../support/vault-world.ts";

// One Vault, one Slack and one service for all of them: each revocation takes back what the one before has left.

let world: VaultWorld;
let slack: TestWorkspace;
beforeAll(async () => {
  world = await aVaultWorld({ lists: true });
  slack = await startWorkspace({ rateLimits: false });
});
afterAll(async () => {
  await slack?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

let number = 0;

/** Of a revocation of its own, in a store of its own that knows what is served and what stands in Vault's list. */
async function ordersIn(folder: { file(name: string): string }): Promise<RevocationOrders> {
  const { vault, files, service } = world;
  number += 1;
  const file = folder.file("certops.db");
  await using store = await openStore(file, Date.now);
  const kept = inventory(store.db.withTables());
  await readIssued({ issued: issuedList(vaultClient(vault)), inventory: kept, clock: Date.now }, "pki");
  const looking = { deadlineMs: 3_000, concurrency: 4, isWatched: () => true };
  await observeEndpoints({ probe: createProbe(files), inventory: kept }, service.endpoints, looking);
  const told = { apiUrl: `${slack.standIn.url}/api/`, token: SECRETS.botToken };
  const id = `v-killed${String.fromCharCode(96 + number).repeat(2)}`;
  return { id, vault, files, service, store: file, slack: told, haltAt: null };
}

const bot = (orders: RevocationOrders, onLine?: (line: string) => void) =>
  runToHalt("./revocation-child.ts", orders, onLine);

const named = steps.revocation.map(({ step }) => step);

test("a revocation that nobody cuts off takes each of the steps, and no other", async () => {
  using folder = temporaryFolder();
  const passed = new Set<string>();
  const line = (told: string) => void (told.startsWith("passed ") && passed.add(told.replace("passed ", "")));
  expect(await bot(await ordersIn(folder), line)).toBe(0);
  expect([...passed]).toEqual(named);
});

test.each([
  { where: "each step, one after the other", kills: named, resumed: 1 },
  { where: '"renewal opened" alone', kills: ["renewal opened"], resumed: 0 },
  { where: '"one revoked" alone', kills: ["one revoked"], resumed: 1 },
  { where: '"list made anew" alone', kills: ["list made anew"], resumed: 1 },
])(
  "a bot killed at $where goes on: one renewal, nothing revoked before it was served, and a message that is true",
  { timeout: 240_000 },
  async ({ kills, resumed }) => {
    using folder = temporaryFolder();
    const orders = await ordersIn(folder);
    const { id } = orders;
    const { files, service } = world;
    const [old, before, pair] = [world.serials(), await world.generations(), await world.keepPair("a-1")];
    const listedBefore = await world.listed();
    const served: unknown[] = [];
    const line = (told: string) =>
      void (told.startsWith("served ") && served.push(JSON.parse(told.replace("served ", ""))));

    for (const haltAt of kills) expect([haltAt, await bot({ ...orders, haltAt }, line)]).toEqual([haltAt, "killed"]);
    expect(await bot(orders, line)).toBe(0);

    await using store = await openStore(orders.store, Date.now);
    const ended = await revocationIn(store, id);
    expect(ended.state).toBe("revoked");
    expect(ended.receipt?.notes).toHaveLength(resumed);
    expect([...(await world.listed())].toSorted()).toEqual([...listedBefore, ...old].toSorted());
    expect(served[0]).toEqual(world.serials());
    expect(old).not.toContain(world.serials()[0]);
    expect(await store.requests.list({ kind: "renewal" })).toMatchObject([{ state: "deployed" }]);
    expect(await world.generations()).toMatchObject({ version: before.version + 1 });

    const messages = await slack.messages("C0CERTS");
    const own = messages.filter(({ metadata }) => metadata?.event_payload["request"] === id);
    expect(own).toMatchObject([
      { ts: ended.message?.ts, text: requestView(ended, { now: Date.now(), configured: true }).text },
    ]);
    expect(await store.outbox.waiting()).toMatchObject({ count: 0 });

    // Whoever kept an old pair is turned away with it.
    const [first] = service.endpoints;
    if (first === undefined) throw new Error("no instance");
    const thief = createProbe({ ...files, identityFile: pair });
    expect((await thief(first, 3_000)).observation.problem).not.toBeNull();
    expect((await createProbe(files)(first, 3_000)).observation.problem).toBeNull();
    expect(await store.audit.verify()).toBeNull();
    expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
  },
);
