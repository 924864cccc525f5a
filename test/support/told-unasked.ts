import { digests } from "../../bot/adapters/store/digests.ts";
import { expiryNotices } from "../../bot/adapters/store/expiry-notices.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import { schedules } from "../../bot/adapters/store/schedules.ts";
import { snoozes } from "../../bot/adapters/store/snoozes.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { undecided } from "../../bot/domain/asked.ts";
import type { Window } from "../../bot/domain/expiry.ts";
import { planFor } from "../../bot/domain/plan.ts";
import { revocationReceipt } from "../../bot/domain/revocation/receipt.ts";
import type { RevocationRequest } from "../../bot/domain/revocation/revocation-request.ts";
import { runDigest } from "../../bot/operations/run-digest.ts";
import { runPicture } from "../../bot/operations/run-picture.ts";
import { toldRequest } from "../../bot/operations/tell-request.ts";
import { watchExpiry } from "../../bot/operations/watch-expiry.ts";
import { aCertificate, aLook, anEstate, serviceB } from "./inventory-fixtures.ts";
import { aService, anEndpoint } from "./renewal-fixtures.ts";

const day = 86_400_000;
const channel = "C0CERTS";
const thresholds: Window[] = [
  { kind: "within", ms: 7 * day },
  { kind: "share", share: 0.1 },
];

/** Has the bot tell in #certificates what nobody typed for: a notice of what ends, the digest, the week's picture, and what came of a revocation. */
export async function tellUnasked(store: Store, now: number): Promise<void> {
  const kept = inventory(store.db.withTables());
  const leaf = (name: string, service: string, daysLeft: number) =>
    aCertificate(name, {
      names: [`${service}.example.com`],
      notBefore: now - (90 - daysLeft) * day,
      notAfter: now + daysLeft * day,
    });
  const served = [
    ["ledger/l-1", leaf("ending", "ledger", 5)],
    ["ledger/l-2", leaf("later", "ledger", 40)],
    ["service-b/b-1", leaf("fine", "service-b", 80)],
  ] as const;
  for (const [endpoint, certificate] of served) {
    await kept.saveObservation(aLook(endpoint, certificate, { at: now }), [certificate]);
  }
  for (const silent of ["service-b/b-2", "mail.example.com:465"]) {
    await kept.saveObservation(aLook(silent, null, { at: now }), []);
  }
  const needs = {
    ...store,
    inventory: kept,
    expiryNotices: expiryNotices(store.db.withTables()),
    snoozes: snoozes(store.db.withTables()),
    digests: digests(store.db.withTables()),
    schedules: schedules(store.db.withTables()),
    admin: { peers: () => Promise.reject(new Error("it does not answer")) },
    nextAfter: (at: number) => at + 1,
    clock: () => now,
  };
  // Of which no renewal is under way.
  const endpoints = ["l-1", "l-2"].map((name) => anEndpoint(name, { id: `ledger/${name}`, service: "ledger" }));
  const ledger = aService({ name: "ledger", names: ["ledger.example.com"], endpoints });
  const estate = { ...anEstate({ services: [ledger, serviceB] }), ground: [] };
  await watchExpiry(needs, { thresholds, channelOf: () => channel }, estate);
  const plan = { cron: "0 9 * * 1", timezone: "UTC", channel, thresholds };
  for (const clock of [() => now - 1_000, () => now]) {
    await runDigest({ ...needs, clock }, { ...plan, channels: new Map() }, estate);
    await runPicture({ ...needs, clock }, { ...plan, theme: "light" }, estate);
  }
  const revoked = revokedAt(now);
  const told = toldRequest({ request: revoked, news: "revoked", actor: "certops", at: now }, {});
  await store.requests.open(revoked, told);
}

function revokedAt(now: number): RevocationRequest {
  const service = aService();
  const serials = ["3e:0f:9a:11:22:33:44:55:66:77", "4c:10:ab:11:22:33:44:55:66:78"];
  const plan = { target: { kind: "service" }, reason: "key-compromise", serials, renewal: planFor(service) } as const;
  const asked: RevocationRequest = {
    ...undecided({ ...plan, serials }, service.approval, now - 60_000),
    kind: "revocation",
    id: "v-abcd2345",
    requester: "U0ANA",
    reason: "its key was seen in a log",
    evidence: { condemned: [], leftOut: [], holders: ["service-a/a-1", "service-a/a-2"] },
    state: "revoked",
    decidedBy: "U0BEN",
    decidedAt: now - 50_000,
  };
  const course = {
    startedAt: now - 49_000,
    resumedAt: [],
    renewal: "r-abcd2345",
    renewedAt: now - 45_000,
    serials,
    revoked: Object.fromEntries(serials.map((serial) => [serial, "revoked" as const])),
    revokedAt: now - 44_000,
    problem: null,
    listedAt: now - 43_000,
  };
  const held = Object.fromEntries(
    asked.evidence.holders.map((endpoint) => [endpoint, { at: now - 42_000, problem: null }]),
  );
  return { ...asked, receipt: revocationReceipt({ request: asked, course, held, silent: [], problem: null }) };
}
