import { describe, expect, test } from "vitest";
import type { Facts } from "../../bot/domain/answer.ts";
import { answerFrom } from "../../bot/domain/answering.ts";
import { parseQuery } from "../../bot/domain/query.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { explainChain } from "../../bot/operations/explain-chain.ts";
import { proposeRenewal } from "../../bot/operations/propose-renewal.ts";
import { anEstate, serviceB } from "../support/inventory-fixtures.ts";
import { aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const catalog = { kind: "consul", service: "service-a", tag: "mtls" } as const;
const service = aService({ catalog, endpoints: [] });
const estate = anEstate({ services: [service, serviceB], endpoints: [] });
const why = "Consul lists no instance of service-a with the tag mtls, or has not answered yet.";

const facts: Facts = {
  records: [],
  observations: [],
  estate,
  ground: [],
  renewing: new Map(),
  renewals: [],
  revoked: new Map(),
  frozen: [],
  now: t0,
};

function unknownTo(question: string): string[] {
  const query = parseQuery(question.split(" "));
  if (isRefusal(query)) throw new Error(query.message);
  const answer = answerFrom(query, facts);
  if (isRefusal(answer)) throw new Error(answer.message);
  return answer.unknown.filter(({ why: said }) => said === why).map(({ endpoint }) => endpoint);
}

describe("a service of which the catalog lists nothing", () => {
  test.each([
    "expiring",
    "expired",
    "show service-a",
    "show service-a.example.com",
    "host service-a.example.com",
    "owner payments",
  ])("is unknown, and never well: %s", (question) => {
    expect(unknownTo(question)).toEqual(["service-a"]);
  });

  test.each(["show service-b", "owner ledger"])("is not spoken of where others are asked for: %s", (question) => {
    expect(unknownTo(question)).toEqual([]);
  });

  test("has nothing to renew, and no chain to explain", async () => {
    const store = await aStore();
    const needs = { ...store, inventory: { observations: async () => [], certificate: async () => null } };
    const wanted = { service, requester: "U0ANA", reason: "test" };
    expect(
      await proposeRenewal({ ...needs, groupsOf: async () => [], clock: () => t0, newId: () => "r-abcd2345" }, wanted),
    ).toMatchObject({
      refused: true,
      code: "no-instances",
      message: why,
    });
    const probe = () => Promise.reject(new Error("nothing is to be looked at"));
    const looking = { estate, roots: [], deadlineMs: 1_000 };
    expect(await explainChain({ ...store, probe, clock: () => t0 }, looking, "service-a")).toMatchObject({
      code: "no-instances",
    });
  });
});
