import { describe, expect, test } from "vitest";
import { standingVerdict } from "../../bot/domain/standing-approval.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import { tellAudit } from "../../bot/domain/trace.ts";
import { aRequest } from "../support/renewal-fixtures.ts";

const by = (...users: string[]) => users.map((user, at) => ({ user, at }));
const done = (changes: Partial<RenewalRequest> = {}) =>
  aRequest({ id: "r-before22", state: "deployed", decidedBy: "U0BEN", approvals: by("U0BEN"), ...changes });
const standing = { longestMs: 86_400_000, unasked: false };
const { plan } = aRequest();
const verdictOn = (changes: Partial<typeof plan>, before: RenewalRequest[] = [done()]) =>
  standingVerdict(standing, { ...plan, ...changes }, before);

test("the trace says that the policy approved it, and not who asked", () => {
  const row = { action: "request.approved", actor: "U0ANA", detail: { decidedBy: "policy:production" } };
  expect(tellAudit(row, {})).toBe("U0ANA asked for it, and policy:production covers it");
  expect(tellAudit({ ...row, detail: { decidedBy: "U0ANA" } }, {})).toBe("U0ANA approved it");
  expect(tellAudit({ ...row, detail: { breakGlass: true, reason: "it burns" } }, {})).toBe(
    "U0ANA let it through alone, by break-glass: it burns",
  );
});

describe("a standing approval", () => {
  test("covers what people approved before and what was deployed then, also where its instances are others", () => {
    expect(verdictOn({})).toEqual({ as: done() });
    expect(verdictOn({ instances: ["a-3"] })).toEqual({ as: done() });
    expect(verdictOn({ ttl: "1m" })).toEqual({ as: done() });
  });

  test.each([
    ["a new name", { names: [...plan.names, "pay.example.com"] }, "the name pay.example.com is new"],
    ["another issuer", { issuer: { mount: "pki", role: "other" } }, "its issuer is pki/other, it was pki/service-a"],
    ["another kind of key", { key: "RSA 2048" }, "its key is RSA 2048, it was EC P-256"],
    ["a longer life", { ttl: "3m" }, "it lives for 3m, it was 2m"],
    ["another place", { deployment: { kind: "nomad" as const, job: "service-a" } }, "it is deployed elsewhere"],
  ])("%s is for people", (_, changes, why) => {
    expect(verdictOn(changes)).toEqual({ exceptions: [why] });
  });

  test("a life over the policy's longest is for people, also where they approved it before", () => {
    const long = done({ plan: { ...plan, ttl: "48h" } });
    expect(verdictOn({ ttl: "48h" }, [long])).toEqual({
      exceptions: ["it lives for 48h, and without people at most 1 d"],
    });
  });

  test.each<[string, RenewalRequest[], string]>([
    ["nothing was before", [], "nobody has approved a renewal of it yet that was deployed"],
    [
      "the last one failed",
      [done({ id: "r-failed22", state: "failed" }), done()],
      "the last renewal, r-failed22, ended as failed",
    ],
    [
      "the last one is not served",
      [done({ id: "r-absent22", state: "not-served" }), done()],
      "the last renewal, r-absent22, ended as not-served",
    ],
  ])("where %s it takes people", (_, before, why) => {
    expect(verdictOn({}, before)).toEqual({ exceptions: [why] });
  });

  test("does not vouch for itself, nor does one person's break-glass", () => {
    const review = { by: null, at: null, verdict: null, note: "", askedAt: 0 };
    const itself = done({ approvals: by("policy:production") });
    for (const before of [itself, done({ review })]) {
      expect(verdictOn({}, [before])).toMatchObject({ exceptions: [expect.stringContaining("nobody has approved")] });
    }
    expect(verdictOn({}, [itself, done()])).toEqual({ as: done() });
  });

  test("what people denied or withdrew in between is no failure", () => {
    expect(verdictOn({}, [done({ state: "denied" }), done({ state: "withdrawn" }), done()])).toEqual({ as: done() });
  });
});
