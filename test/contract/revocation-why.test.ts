import { expect, test } from "vitest";
import { isRefusal } from "../../bot/domain/refusal.ts";
import type { PairWhy } from "../../bot/operations/explain-pair.ts";
import type { Why } from "../../bot/operations/explain-why.ts";
import { joinRevoked, joinRevokedInPair } from "../../bot/operations/revocation/explain-revoked.ts";
import { pairWhyView } from "../../bot/slack/views/pair-why.ts";
import { whyView } from "../../bot/slack/views/why.ts";
import { aStore } from "../support/renewal-fixtures.ts";
import { aRevocationWorld, revoke } from "../support/revocation-world.ts";

test("a revocation is what `why` joins a refusal to, of a client or of what is served, with who asked, why and who approved", async () => {
  const of = await aRevocationWorld(await aStore(Date.now));
  const old = of.world.instances["a-1"]?.serial ?? "";
  const { id } = await revoke(of);
  const certificate = (serial: string) => ({ serial, subject: "CN=service-a", notAfter: 0 });
  const turnedAway = { at: 0, peerAddress: "127.0.0.1", peerPort: 1, cause: "", fix: "" };
  const quiet = { certificate: null, complaint: null, lagging: null, away: null, code: null };
  const one = { ...quiet, endpoint: of.world.service.endpoints[0], observation: { tookMs: 1 }, verdict: "healthy" };
  const why = {
    endpoints: [
      {
        ...one,
        refusals: [
          { ...turnedAway, code: "CERT_REVOKED", certificate: certificate(old) },
          { ...turnedAway, code: "CERT_HAS_EXPIRED", certificate: certificate("ee:01") },
        ],
      },
      { ...one, code: "CERT_REVOKED", side: "client", certificate: certificate("ff:01"), refusals: [] },
    ],
    missing: [],
    schedulerProblem: null,
    frozen: [],
    refusedCalls: [],
    meshProblem: null,
  } as unknown as Why;
  const joined = await joinRevoked(of.store, why);
  if (isRefusal(joined)) throw new Error(joined.message);
  const by = {
    request: id,
    requester: "U0ANA",
    reason: "key-compromise",
    why: "seen in a log",
    approvedBy: ["U0BEN"],
  };
  expect(joined.revocations).toEqual({ [old]: { ...by, at: expect.any(Number) }, "ff:01": null });
  const said = JSON.stringify(whyView("service-a", joined, Date.now()).blocks);
  expect(said).toMatch(
    new RegExp(`by \`${id}\` \\(key-compromise\\), asked for by <@U0ANA>, approved by <@U0BEN>: seen in a log`),
  );
  expect(said).toContain("`ff:01` was revoked by no request of certops");

  const pair = {
    source: "service-a",
    destination: "service-b",
    side: "caller",
    evidence: [],
    unasked: [],
    cause: "",
    fix: null,
  };
  const refused = { ...pair, code: "CERT_REVOKED", serial: old } as unknown as PairWhy;
  const told = await joinRevokedInPair(of.store, refused);
  expect(told).toMatchObject({ revocations: { [old]: by } });
  expect(JSON.stringify(pairWhyView(told as PairWhy).blocks)).toContain(`by \`${id}\``);
  expect(await joinRevokedInPair(of.store, { ...refused, code: "CERT_HAS_EXPIRED" })).not.toHaveProperty("revocations");
});
