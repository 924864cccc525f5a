import { describe, expect, test } from "vitest";
import type { Certificate } from "../../bot/domain/certificate.ts";
import type { ObservationRecord } from "../../bot/domain/endpoint.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import { freeze } from "../../bot/operations/freeze.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { approve, aRequest, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const id = "r-abcd2345";
const nothingSeen = { observations: async () => [], certificate: async () => null };

const propose = (store: Store, changes: { requester?: string; reason?: string; newId?: () => string } = {}) =>
  proposeRenewal(
    { ...store, groupsOf: async () => [], inventory: nothingSeen, clock: () => t0, newId: changes.newId ?? (() => id) },
    { service: aService(), requester: changes.requester ?? "U0ANA", reason: changes.reason ?? "rehearsal" },
  );

describe("propose", () => {
  test("keeps the request, its audit row and what is to be told, together", async () => {
    const store = await aStore();
    expect(await propose(store)).toEqual(aRequest({ evidence: [nowhere("a-1"), nowhere("a-2")] }));
    expect(await store.requests.find(id)).toMatchObject({ state: "pending", reason: "rehearsal" });
    expect(await store.audit.about(id)).toMatchObject([{ action: "request.pending", actor: "U0ANA" }]);
    expect(await store.outbox.claim(t0, 1_000)).toMatchObject({ kind: "request", subject: id });
  });

  test("shows what is served now as evidence, by the latest handshake", async () => {
    const store = await aStore();
    const seen = (at: number, fingerprint: string | null): ObservationRecord => ({
      endpoint: "service-a/a-1",
      at,
      fingerprint,
      chain: [],
      problem: null,
      tookMs: 1,
      since: at,
    });
    const inventory = {
      observations: async () => [seen(t0 + 2, "new"), seen(t0 + 1, "old")],
      certificate: async (fingerprint: string) =>
        ({ fingerprint, serial: `serial-of-${fingerprint}`, generation: "g0", notAfter: t0 + 9 }) as Certificate,
    };
    const request = await proposeRenewal(
      { ...store, groupsOf: async () => [], inventory, clock: () => t0, newId: () => id },
      { service: aService(), requester: "U0ANA", reason: "" },
    );
    expect(request).toMatchObject({
      evidence: [{ instance: "a-1", serial: "serial-of-new", generation: "g0", notAfter: t0 + 9 }, nowhere("a-2")],
    });
  });

  test("one that is pending stands in the way, and says who may decide", async () => {
    const store = await aStore();
    await propose(store);
    expect(await propose(store, { newId: () => "r-next2222" })).toMatchObject({
      code: "already-open",
      message: "r-abcd2345 already asks for a renewal of service-a, by U0ANA.",
      hint: "It waits for a member of S0PLATFORM.",
    });
  });

  test("one that is approved stands in the way, and says by whom", async () => {
    const store = await aStore();
    await approve(store);
    expect(await propose(store, { newId: () => "r-next2222" })).toMatchObject({
      code: "already-open",
      message: "r-abcd2345 renews service-a right now, approved by U0BEN.",
    });
  });

  test("of ten who ask at once one gets it", async () => {
    const store = await aStore();
    const asked = await Promise.all(
      Array.from({ length: 10 }, () => propose(store, { newId: () => requestId("renewal") })),
    );
    expect(asked.filter((answer) => !isRefusal(answer))).toHaveLength(1);
    expect(asked.filter((answer) => isRefusal(answer) && answer.code === "already-open")).toHaveLength(9);
    expect((await store.outbox.waiting()).count).toBe(1);
  });

  test("a freeze stands in the way, and says by whom and why", async () => {
    const store = await aStore();
    await freeze({ ...store, clock: () => t0 }, { scope: "*", user: "U0BEN", reason: "audit week" });
    expect(await propose(store)).toMatchObject({
      code: "frozen",
      message: "All services are frozen by U0BEN: audit week",
      hint: "Thaw first: /cert thaw",
    });
  });

  test("a reason is a sentence, not a book", async () => {
    const store = await aStore();
    expect(await propose(store, { reason: "x".repeat(501) })).toMatchObject({ code: "reason-too-long" });
    expect(await store.requests.list({})).toEqual([]);
  });

  test("ids are as the field reads them out, and new each time", () => {
    const ids = Array.from({ length: 1_000 }, () => requestId("renewal"));
    expect(ids.every((one) => /^r-[a-z2-7]{8}$/.test(one))).toBe(true);
    expect(new Set(ids).size).toBe(1_000);
    expect(requestId("intention")).toMatch(/^i-[a-z2-7]{8}$/);
  });
});

function nowhere(instance: string) {
  return { instance, serial: null, generation: null, notAfter: null };
}
