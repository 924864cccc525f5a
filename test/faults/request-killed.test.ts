import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../../bot/adapters/store/database.ts";
import { steps } from "../../bot/domain/steps.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { SECRETS, startWorkspace, type TestWorkspace } from "../contract/slack-fixture.ts";
import { runToHalt } from "../support/halt.ts";
import { aRequest, renewalIn } from "../support/renewal-fixtures.ts";
import type { ChildOrders } from "../support/request-child.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { aVaultWorld, type VaultWorld } from "../support/vault-world.ts";

// One Vault, one Slack and one service for all of them: each renewal finds what the one before has left.

let world: VaultWorld;
let slack: TestWorkspace;
beforeAll(async () => {
  world = await aVaultWorld();
  slack = await startWorkspace({ rateLimits: false });
});
afterAll(async () => {
  await slack?.[Symbol.asyncDispose]();
  await world?.[Symbol.asyncDispose]();
});

const named = steps.renewal.map(({ step }) => step);

let number = 0;

/** Of a renewal of its own, in a store of its own. */
function ordersIn(folder: { file(name: string): string }): ChildOrders {
  const { vault, files, service } = world;
  number += 1;
  const letter = String.fromCharCode(96 + number);
  const now = Date.now();
  return {
    vault,
    files,
    service,
    store: folder.file("certops.db"),
    slack: { apiUrl: `${slack.standIn.url}/api/`, token: SECRETS.botToken },
    request: aRequest({ id: `r-killed${letter}${letter}`, createdAt: now, expiresAt: now + 3_600_000 }, service),
    haltAt: null,
  };
}

const bot = (orders: ChildOrders, onLine?: (line: string) => void) => runToHalt("./request-child.ts", orders, onLine);

test("a renewal that nobody cuts off takes each of the steps, and no other", async () => {
  using folder = temporaryFolder();
  const passed = new Set<string>();
  expect(await bot(ordersIn(folder), (line) => passed.add(line.replace("passed ", "")))).toBe(0);
  expect([...passed]).toEqual(named);
});

const atWork = steps.renewal.filter(({ in: holder }) => holder === "job" || holder === "Vault");

test.each([
  { where: "each step, one after the other", kills: named },
  ...atWork.map(({ step }) => ({ where: `"${step}" alone`, kills: [step] })),
])("a bot killed at $where writes one generation, and its message is true", async ({ kills }) => {
  using folder = temporaryFolder();
  const orders = ordersIn(folder);
  const { id } = orders.request;
  const before = await world.generations();
  const old = world.serials();

  for (const haltAt of kills) expect([haltAt, await bot({ ...orders, haltAt })]).toEqual([haltAt, "killed"]);
  expect(await bot(orders)).toBe(0);

  expect(await world.generations()).toEqual({ version: before.version + 1, instances: { "a-1": id, "a-2": id } });
  await using store = await openStore(orders.store, Date.now);
  const ended = await renewalIn(store, id);
  expect(ended.state).toBe("deployed");
  expect(ended.receipt?.instances.map(({ oldSerial }) => oldSerial)).toEqual(old);
  expect(ended.receipt?.instances.map(({ newSerial }) => newSerial)).toEqual(world.serials());
  expect(ended.receipt?.besides).toEqual([]);

  const messages = await slack.messages("C0CERTS");
  const own = messages.filter(({ metadata }) => metadata?.event_payload["request"] === id);
  expect(own).toHaveLength(1);
  expect(own[0]).toMatchObject({
    ts: ended.message?.ts,
    text: requestView(ended, { now: Date.now(), configured: true }).text,
  });
  expect(await store.outbox.waiting()).toMatchObject({ count: 0 });

  const actions = (await store.audit.about(id)).map(({ action }) => action);
  for (const once of ["request.pending", "request.approved", "job.started", "job.written", "request.deployed"]) {
    expect(actions.filter((action) => action === once)).toEqual([once]);
  }
  expect(await store.audit.verify()).toBeNull();
  expect(await store.jobs.claim("bot", Date.now() + 60_000, 1_000)).toBeNull();
});
