import { describe, expect, onTestFinished, test } from "vitest";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import type { PeerRefusal } from "../../bot/domain/peer-refusal.ts";
import { answerQuery } from "../../bot/operations/answer-query.ts";
import type { Desk } from "../../bot/operations/command.ts";
import { explainPair } from "../../bot/operations/explain-pair.ts";
import { joinRevokedInPair } from "../../bot/operations/revocation/explain-revoked.ts";
import { aCertificate, aLook, anEstate } from "../support/inventory-fixtures.ts";
import { anEndpoint, aService, aStore } from "../support/renewal-fixtures.ts";
import { startSlackBot } from "../support/slack-bot.ts";
import { textOf } from "../support/approval-slack.ts";

const admin = { host: "127.0.0.1", port: 1 } as never;

/** service-a and service-b, as the store and the services themselves tell of them; `refusals`: what service-b noted. */
async function asking(refusals: PeerRefusal[] = []) {
  const clock = Date.now;
  const store = await aStore(clock);
  const kept = inventory(store.db);
  const life = { notBefore: clock() - 60_000, notAfter: clock() + 3_600_000 };
  const [a, b] = [
    aCertificate("a", life),
    aCertificate("b", {
      ...life,
      subject: "CN=service-b.example.com",
      names: ["service-b.example.com"],
      issuer: "CN=Ledger CA",
    }),
  ];
  const { services, ...rest } = anEstate();
  const estate = {
    ...rest,
    services: services.map((service) =>
      aService({
        ...service,
        endpoints: service.endpoints.slice(0, 1).map((one) => anEndpoint(one.instance, { ...one, admin })),
      }),
    ),
  };
  for (const { endpoints } of estate.services)
    for (const { id, service } of endpoints) {
      const leaf = service === "service-a" ? a : b;
      await kept.saveObservation(aLook(id, leaf, { at: clock() }), [leaf]);
    }
  const needs = {
    ...store,
    inventory: kept,
    placements: null,
    mesh: null,
    clock,
    probe: async ({ id, service }: { id: string; service: string | null }) => {
      const leaf = service === "service-a" ? a : b;
      return { observation: aLook(id, leaf, { at: clock() }), chain: [leaf] };
    },
    admin: {
      problem: async () => null,
      refusals: async ({ service }: { service: string | null }) => (service === "service-b" ? refusals : []),
      peers: async () => ({ callers: [], calls: [] }),
    } as never,
  };
  const desk = {
    services: new Map(estate.services.map((service) => [service.name, service])),
    vault: () => null,
    mesh: null,
    firewall: null,
    ask: (query) => answerQuery(needs, { ...estate, ground: [] }, query),
    whyPair: async (pair) => joinRevokedInPair(needs, await explainPair(needs, { estate, deadlineMs: 1_000 }, pair)),
  } satisfies Partial<Desk> as unknown as Desk;
  const configured = { services: desk.services, mesh: null, firewall: null };
  const bot = await startSlackBot({ store, desk, configured, clock });
  onTestFinished(() => bot[Symbol.asyncDispose]());
  return { bot, a, b };
}

describe("a question typed in Slack is answered to who asked alone", { timeout: 30_000 }, () => {
  test.each([
    ["a name", "/cert ask service-b.example"],
    ["an owner, and another word", "/cert ask LEDGER b-1"],
    ["an issuer", "/cert ask ledger ca"],
    ["a host", "/cert ask 127.0.0.1 service-b"],
  ])("/cert ask finds by %s", async (_, typed) => {
    const { bot } = await asking();
    const answer = await bot.answer(typed);
    expect(answer).toMatchObject({ ephemeral: true, to: "U0ANA" });
    expect(textOf(answer)).toContain("service-b");
    expect(textOf(answer)).not.toContain("service-a");
  });

  test("/cert why of two services says the cause, the side, the fix, and by what it knows", async () => {
    const refused = {
      at: Date.now() - 5_000,
      peerAddress: "127.0.0.1",
      peerPort: 40_000,
      code: "CERT_HAS_EXPIRED",
      cause: "The client's certificate has expired.",
      fix: "Renew it: /cert renew service-a",
      certificate: { subject: "CN=service-a.example.com", serial: "aa:00", notAfter: Date.now() - 10_000 },
    };
    const { bot } = await asking([refused]);
    const answer = await bot.answer("/cert why service-a SERVICE-B");
    expect(answer).toMatchObject({ ephemeral: true, to: "U0ANA" });
    for (const said of [
      "Why service-a → service-b fails",
      "❌ The client's certificate has expired.",
      "*Side:* `service-a`",
      "*Fix:* Renew it: /cert renew service-a",
      "turned away a client with the certificate aa:00 (CERT_HAS_EXPIRED).",
    ])
      expect(textOf(answer)).toContain(said);
    const well = await (await asking()).bot.answer("/cert why service-a service-b");
    expect(textOf(well)).toContain("✅ Nothing is known to be in its way.");
    expect(textOf(await bot.answer("/cert why service-a service-x"))).toContain("no service service-x");
  });
});
