import { expect, test } from "vitest";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { ObservationRecord } from "../../bot/domain/endpoint.ts";
import { nothingWritten } from "../../bot/domain/receipt.ts";
import { noteServedLate } from "../../bot/operations/note-served-late.ts";
import { aCommit, approve, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";

test("a renewal that was not served in time is noted once when every instance serves it, and drawn again", async () => {
  const store = await aStore();
  await approve(store);
  const receipt = nothingWritten(id, "not on the wire at a-2");
  await store.requests.move(id, ["approved"], { state: "not-served", receipt }, aCommit("request.not-served"));
  const generations: Record<string, string> = { "a-1": id, "a-2": "g0" };
  const seen = (instance: string, since: number): ObservationRecord => ({
    endpoint: `service-a/${instance}`,
    at: t0 + 90_000,
    since,
    fingerprint: instance,
    chain: [],
    problem: null,
    tookMs: 1,
  });
  const inventory = {
    observations: async () => [seen("a-1", t0 + 10_000), seen("a-2", t0 + 60_000)],
    certificate: async (instance: string) => ({ generation: generations[instance] }) as Certificate,
  };
  const needs = { ...store, inventory, services: new Map([["service-a", aService()]]), clock: () => t0 + 90_000 };
  expect(await noteServedLate(needs)).toEqual([]);

  generations["a-2"] = id;
  const waiting = (await store.outbox.waiting()).count;
  expect(await noteServedLate(needs)).toEqual([id]);
  expect(await noteServedLate(needs)).toEqual([]);
  expect(await store.requests.find(id)).toMatchObject({
    state: "not-served",
    receipt: { ...receipt, servedLateAt: t0 + 60_000 },
  });
  expect((await store.audit.about(id)).at(-1)).toMatchObject({ action: "request.served-late", actor: "certops" });
  expect((await store.outbox.waiting()).count).toBe(waiting + 1);
});
