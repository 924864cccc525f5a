import { expect, test } from "vitest";
import type { PeerRefusal } from "../../bot/domain/peer-refusal.ts";
import { noteTurnedAway } from "../../bot/operations/revocation/note-turned-away.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { aStore } from "../support/renewal-fixtures.ts";
import { aRevocationWorld, revocationIn, revoke } from "../support/revocation-world.ts";
import { shown, verdict } from "../support/view-fixtures.ts";

test("whoever still shows what was revoked is noted once for a place, and the receipt says so", async () => {
  const of = await aRevocationWorld(await aStore(Date.now));
  const old = of.world.instances["a-1"]?.serial ?? "";
  const { id } = await revoke(of);
  const after = Date.now();
  const told = new Map<string, PeerRefusal[]>();
  let now = after;
  const needs = {
    requests: of.store.requests,
    services: new Map([[of.world.service.name, of.world.service]]),
    clock: () => now,
    admin: {
      async refusals({ instance }: { instance: string }) {
        const its = told.get(instance);
        if (its === undefined) throw new Error("does not answer");
        return its;
      },
    },
  };
  const refusal = (peerAddress: string, changes: Partial<PeerRefusal> = {}): PeerRefusal => ({
    at: after,
    peerAddress,
    peerPort: 40_000,
    code: "CERT_REVOKED",
    cause: "the client's certificate was revoked",
    fix: "renew it",
    certificate: { subject: "CN=service-a.example.com", serial: old, notAfter: after + 60_000 },
    ...changes,
  });
  const foreign = { subject: "CN=other", serial: "aa:bb", notAfter: after };
  told.set("a-1", [
    refusal("10.0.0.5", { at: 1 }),
    refusal("10.0.0.6", { code: "CERT_HAS_EXPIRED" }),
    refusal("10.0.0.6", { certificate: foreign }),
  ]);
  expect(await noteTurnedAway(needs)).toEqual([]);

  told
    .get("a-1")
    ?.push(refusal("10.0.0.7"), refusal("10.0.0.7", { at: after + 5 }), refusal("10.0.0.8", { certificate: null }));
  const version = (await revocationIn(of.store, id)).version;
  const all = await Promise.all([noteTurnedAway(needs), noteTurnedAway(needs)]);
  expect(all.flat()).toEqual([id]);
  expect(await noteTurnedAway(needs)).toEqual([]);
  const noted = await revocationIn(of.store, id);
  expect(noted).toMatchObject({ state: "revoked", version: version + 1 });
  expect(noted.receipt?.turnedAway).toEqual([
    { endpoint: "service-a/a-1", address: "10.0.0.7", serial: old, at: after },
    { endpoint: "service-a/a-1", address: "10.0.0.8", serial: null, at: after },
  ]);
  const view = requestView(noted, { now, configured: true });
  expect(verdict(view)).toBe("taken");
  expect(shown(view)).toContain("*Somebody still shows one*, and is turned away");
  expect(shown(view)).toContain("`10.0.0.8`  at `service-a/a-1` with a revoked one");

  told.set("a-2", [refusal("10.0.0.7")]);
  expect(await noteTurnedAway(needs)).toEqual([id]);
  const rows = (await of.store.audit.about(id)).filter(({ action }) => action === "request.turned-away");
  expect(rows.map(({ detail }) => detail["where"])).toEqual([
    ["10.0.0.7 at service-a/a-1", "10.0.0.8 at service-a/a-1"],
    ["10.0.0.7 at service-a/a-2"],
  ]);
  expect(await of.store.audit.verify()).toBeNull();

  // A day later nobody is looked for any more.
  now = after + 86_400_001;
  told.set("a-2", [refusal("10.0.0.9")]);
  expect(await noteTurnedAway(needs)).toEqual([]);
});
