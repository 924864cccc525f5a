import { describe, expect, test } from "vitest";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { withdrawPasskey } from "../../bot/operations/passkeys/withdraw-passkey.ts";
import { tellAudit } from "../../bot/domain/trace.ts";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import { challengeOf, type LinkFor } from "../../bot/domain/passkey-link.ts";
import type { Ended, Seen } from "../../bot/web/wire.ts";
import { Authenticator } from "../support/authenticator.ts";
import { aPasskeyWorld, type PasskeyWorld } from "../support/passkey-world.ts";
import { aCommit, aRequest, aService, t0 } from "../support/renewal-fixtures.ts";

const stateOf = async ({ store }: PasskeyWorld, id: string) => (await store.requests.find(id))?.state;

/** Nothing was decided, and nothing is to be done. */
async function undecided(world: PasskeyWorld, id: string): Promise<void> {
  expect(await stateOf(world, id)).toBe("pending");
  expect(await world.store.jobs.claim("bot", world.clock.now, 1_000)).toBeNull();
}

describe("an approval that takes a passkey", () => {
  test("the click alone decides nothing; the passkey does, once, and the audit log says by which", async () => {
    const world = await aPasskeyWorld();
    const { authenticator, passkey } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    await undecided(world, id);

    const seen = await world.call<Seen>("open", { token });
    expect(seen).toMatchObject({ ok: true, purpose: "decide", verdict: "approve", user: "U0BEN", request: id });
    expect(JSON.stringify(seen)).toContain("Renew service-a?");
    expect(seen).toMatchObject({ options: { userVerification: "required", rpId: "localhost" } });

    expect(await world.confirm(token, authenticator)).toMatchObject({ ok: true, title: "Approved" });
    expect(await world.store.requests.find(id)).toMatchObject({ state: "approved", decidedBy: "U0BEN" });
    expect(await world.store.jobs.claim("bot", world.clock.now, 1_000)).toMatchObject({ request: id });
    expect(await world.actions(id)).toEqual(["opened", "request.passkey-asked", "request.approved"]);
    const [, , approved] = await world.store.audit.about(id);
    expect(approved?.detail).toMatchObject({ passkey: passkeyCode(passkey) });
    expect(await world.store.audit.verify()).toBeNull();
  });

  test("of two who approve each takes their own", async () => {
    const world = await aPasskeyWorld(undefined, { needed: 2 });
    const [ben, chen] = [await world.give("U0BEN"), await world.give("U0CHEN")];
    const id = await world.propose();
    expect(await world.confirm(await world.link(id, "U0BEN"), ben.authenticator)).toMatchObject({
      title: "Your approval counts",
      said: "r-abcd2345 takes 1 more person. You may close this page.",
    });
    await undecided(world, id);
    const chens = await world.link(id, "U0CHEN");
    expect(await world.confirm(chens, ben.authenticator)).toMatchObject({ code: "not-your-passkey" });
    await undecided(world, id);
    expect(await world.confirm(chens, chen.authenticator)).toMatchObject({ ok: true, title: "Approved" });
    const told = (await world.store.audit.about(id)).filter(({ action }) => action.startsWith("request.approved"));
    expect(told.map(({ actor, detail }) => [actor, detail["passkey"]])).toEqual([
      ["U0BEN", passkeyCode(ben.passkey)],
      ["U0CHEN", passkeyCode(chen.passkey)],
    ]);
  });

  test("break-glass does not go round it: one person alone, their reason, and their passkey", async () => {
    const dana = { users: ["U0DANA"], groups: [], rotas: [] };
    const world = await aPasskeyWorld(undefined, { needed: 2, breakGlass: dana });
    const { authenticator, passkey } = await world.give("U0DANA");
    const id = await world.propose();
    expect(await world.click(id, "U0DANA", "break-glass", " ")).toMatchObject({ code: "reason-missing" });
    const token = await world.link(id, "U0DANA", "break-glass");
    await undecided(world, id);
    const direct = { id, user: "U0DANA", verdict: "break-glass", reason: "it burns" } as const;
    expect(await decideRequest(world.needs, direct)).toMatchObject({ code: "passkey-needed" });
    await undecided(world, id);

    expect(await world.call<Seen>("open", { token })).toMatchObject({ verdict: "break-glass", reason: "because" });
    expect(await world.confirm(token, authenticator)).toMatchObject({ ok: true, title: "Let through" });
    expect(await world.store.requests.find(id)).toMatchObject({
      state: "approved",
      decidedBy: "U0DANA",
      decidedWhy: "because",
      review: { by: null },
    });
    const row = (await world.store.audit.about(id)).at(-1);
    expect(row?.detail).toMatchObject({ breakGlass: true, reason: "because", passkey: passkeyCode(passkey) });
    expect(row && tellAudit(row, {})).toBe(
      `U0DANA let it through alone, by break-glass, confirmed with passkey ${passkeyCode(passkey)}: because`,
    );
  });

  test.each([
    { verdict: "break-glass" },
    { reason: "other" },
    { planHash: "1" },
    { request: "r-other" },
    { user: "U0X" },
  ])("what is signed covers %j", (change) => {
    const link: LinkFor<"decide"> = {
      purpose: "decide",
      request: "r-abcd2345",
      planHash: "0",
      verdict: "approve",
      reason: "",
      user: "U0BEN",
      hash: "h",
      nonce: "n",
      createdAt: 0,
      expiresAt: 1,
      usedAt: null,
    };
    expect(challengeOf({ ...link, ...change } as typeof link)).not.toEqual(challengeOf(link));
  });

  test("denying takes none", async () => {
    const world = await aPasskeyWorld();
    const id = await world.propose();
    expect(await world.click(id, "U0BEN", "deny")).toMatchObject({ changed: true, request: { state: "denied" } });
  });

  test("one that was made for another address of certops is none here", async () => {
    const world = await aPasskeyWorld();
    const { passkey } = await world.give("U0BEN");
    const { kept } = world.needs.passkeys;
    const moved = { ...passkey, id: "made-before", user: "U0CHEN", rpId: "old.example.com" };
    expect(await kept.add(moved, aCommit("passkey.enrolled", "U0CHEN"))).toBe(true);
    const id = await world.propose();
    expect(await world.click(id, "U0CHEN", "approve")).toMatchObject({ code: "no-passkey" });
    await undecided(world, id);
  });

  test("who has no passkey is told how to get one", async () => {
    const world = await aPasskeyWorld();
    const id = await world.propose();
    expect(await world.click(id, "U0BEN")).toMatchObject({
      code: "no-passkey",
      hint: expect.stringContaining("/cert enrol"),
    });
    await undecided(world, id);
  });

  test("who may not approve gets no link", async () => {
    const world = await aPasskeyWorld();
    await world.give("U0DANA");
    const id = await world.propose();
    expect(await world.click(id, "U0DANA")).toMatchObject({ code: "not-approver" });
    expect(await world.click(id, "U0ANA")).toMatchObject({ code: "self-approval" });
    expect(await world.actions(id)).toEqual(["opened", "request.click-refused", "request.click-refused"]);
  });

  test.each([
    [
      "no page",
      (world: PasskeyWorld) => ({ ...world.needs.passkeys, policy: { ...world.needs.passkeys.policy, origin: null } }),
    ],
    ["no passkeys at all", () => null],
  ])("with %s it is refused, never made easier", async (_, passkeys) => {
    const world = await aPasskeyWorld();
    await world.give("U0BEN");
    const id = await world.propose();
    const needs = { ...world.needs, passkeys: passkeys(world) };
    expect(await settleClick(needs, { id, user: "U0BEN", verdict: "approve" })).toMatchObject({
      code: "no-passkey-page",
    });
    await undecided(world, id);
  });

  test("a policy that was made easier meanwhile holds for later requests alone, and one made stricter for this one too", async () => {
    const world = await aPasskeyWorld();
    const id = await world.propose();
    world.needs.services.set("service-a", aService());
    expect(await world.click(id, "U0BEN")).toMatchObject({ code: "no-passkey" });
    await undecided(world, id);

    const later = await aPasskeyWorld();
    const strict = later.needs.services.get("service-a") ?? aService();
    later.needs.services.set("service-a", aService());
    const asked = aRequest();
    await later.store.requests.open(asked, aCommit());
    later.needs.services.set("service-a", strict);
    expect(await later.click(asked.id, "U0BEN")).toMatchObject({ code: "no-passkey" });
  });
});

describe("a confirmation that decides nothing", () => {
  test("replayed: the link works once", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const response = await world.sign(token, authenticator);
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({ ok: true });
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({
      code: "link-used",
      message: "This link was used at 2026-11-23 09:00:01 UTC, and it works once.",
    });
    expect(await world.call<Seen>("open", { token })).toMatchObject({ code: "link-used" });
    expect((await world.actions(id)).filter((action) => action === "request.approved")).toHaveLength(1);
  });

  test("signed for another link of the same person", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const [one, other] = [await world.link(id, "U0BEN"), await world.link(id, "U0BEN")];
    const response = await world.sign(one, authenticator);
    expect(await world.call<Ended>("confirm", { token: other, response })).toMatchObject({ code: "wrong-challenge" });
    await undecided(world, id);
    expect((await world.actions(id)).at(-1)).toBe("request.passkey-refused");
  });

  test("with somebody else's passkey", async () => {
    const world = await aPasskeyWorld();
    await world.give("U0BEN");
    const chen = await world.give("U0CHEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    expect(await world.confirm(token, chen.authenticator)).toMatchObject({
      code: "not-your-passkey",
      message: "This link is U0BEN's, and that passkey is U0CHEN's. Nothing was decided.",
    });
    await undecided(world, id);
  });

  test("with a passkey nobody knows, and with one that was withdrawn", async () => {
    const world = await aPasskeyWorld();
    const { authenticator, passkey } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    expect(await world.confirm(token, new Authenticator())).toMatchObject({ code: "unknown-passkey" });
    await withdrawPasskey(world.needs, { code: passkeyCode(passkey), user: "operator:root" });
    expect(await world.confirm(token, authenticator)).toMatchObject({ code: "unknown-passkey" });
    await undecided(world, id);
  });

  test("too late", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const response = await world.sign(token, authenticator);
    world.clock.now += 5 * 60_000;
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({
      code: "link-expired",
      message: "This link was good until 2026-11-23 09:05:01 UTC. Nothing was decided.",
      hint: "Click Approve in Slack again for a new one.",
    });
    await undecided(world, id);
  });

  test("with a link nobody made", async () => {
    const world = await aPasskeyWorld();
    expect(await world.call<Seen>("open", { token: "guessed" })).toMatchObject({ code: "link-unknown" });
    expect(await world.call<Ended>("confirm", { token: "guessed", response: {} })).toMatchObject({
      code: "link-unknown",
    });
  });

  test("for a plan that moved meanwhile, which makes it void", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const service = world.needs.services.get("service-a") ?? aService();
    world.needs.services.set("service-a", { ...service, ttl: "3m" });
    expect(await world.confirm(token, authenticator)).toMatchObject({
      code: "plan-moved",
      message: "r-abcd2345 is void. The plan moved since it was asked for: ttl: 2m is now 3m.",
    });
    expect(await stateOf(world, id)).toBe("void");
    expect(await world.store.jobs.claim("bot", world.clock.now, 1_000)).toBeNull();
  });

  test("by somebody who left the group after the click", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    world.needs.groupsOf = async () => [];
    expect(await world.confirm(token, authenticator)).toMatchObject({ code: "not-approver" });
    await undecided(world, id);
  });

  test.each([
    ["from another origin", { origin: "https://certops.evil.example" }, "wrong-origin"],
    ["for another host", { rpId: "evil.example" }, "not-signed"],
    ["without checking who holds it", { verified: false }, "not-verified"],
  ])("signed %s", async (_, changes, code) => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const response = await world.sign(token, authenticator, changes);
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({ code });
    await undecided(world, id);
    expect((await world.actions(id)).at(-1)).toBe("request.passkey-refused");
    // The link is still good for the right one.
    expect(await world.confirm(token, authenticator)).toMatchObject({ ok: true });
  });

  test("signed by another key under the passkey's name", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const forged = { ...(await world.sign(token, new Authenticator(99))), ...idOf(authenticator) };
    expect(await world.call<Ended>("confirm", { token, response: forged })).toMatchObject({ code: "not-signed" });
    await undecided(world, id);
  });

  test("called from another page", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const response = await world.sign(token, authenticator);
    expect(await world.call<Ended>("confirm", { token, response }, "http://127.0.0.1:9")).toMatchObject({
      code: "wrong-origin",
      message: `This page is at http://127.0.0.1:9; certops asks for passkeys at ${world.origin} alone.`,
    });
    await undecided(world, id);
  });

  test.each([[{}], [null], ["x"], [{ id: "a", response: { clientDataJSON: 1 } }]])("sent as %j", async (response) => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const sent = typeof response === "object" && response !== null ? { ...response, ...idOf(authenticator) } : response;
    const answer = await world.call<Ended>("confirm", { token, response: sent });
    expect(["not-understood", "unknown-passkey"]).toContain(answer.ok ? "ok" : answer.code);
    await undecided(world, id);
  });

  test("of a copy: it is withdrawn, the channel is told, and neither confirms anything any more", async () => {
    const world = await aPasskeyWorld();
    const { authenticator, passkey } = await world.give("U0BEN");
    const id = await world.propose();
    await world.confirm(await world.link(id, "U0BEN"), authenticator);
    await world.store.jobs.claim("bot", world.clock.now, 1_000);
    await world.store.requests.move(id, ["approved"], { state: "failed" }, { audit: anAudit(id), outbox: [] });
    const next = await world.propose("r-next2222");
    const token = await world.link(next, "U0BEN");
    authenticator.counter -= 1;
    expect(await world.confirm(token, authenticator)).toMatchObject({
      code: "cloned-passkey",
      message: expect.stringContaining(`Passkey ${passkeyCode(passkey)} has signed elsewhere since`),
    });
    await undecided(world, next);
    expect(await world.needs.passkeys.kept.all()).toMatchObject([{ withdrawnBy: "certops" }]);
    const told = await world.store.db.selectFrom("outbox").select("payload").where("kind", "=", "notice").execute();
    expect(told.map(({ payload }) => JSON.parse(payload))).toMatchObject([{ type: "passkey", news: "cloned" }]);
    expect(await world.click(next, "U0BEN")).toMatchObject({ code: "no-passkey" });
  });

  test("a passkey that does not count is no copy", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN", new Authenticator(0));
    const id = await world.propose();
    expect(await world.confirm(await world.link(id, "U0BEN"), authenticator)).toMatchObject({ ok: true });
    expect(await world.needs.passkeys.kept.all()).toMatchObject([{ counter: 0, withdrawnAt: null }]);
  });

  test("two tabs at once: one decides, the other is told", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    const id = await world.propose();
    const token = await world.link(id, "U0BEN");
    const responses = [await world.sign(token, authenticator), await world.sign(token, authenticator)];
    const answers = await Promise.all(responses.map((response) => world.call<Ended>("confirm", { token, response })));
    const codes = answers.map((answer) => (answer.ok ? answer.title : answer.code)).toSorted();
    expect(codes[0]).toBe("Approved");
    expect(["link-used", "changed-meanwhile"]).toContain(codes[1]);
    expect((await world.actions(id)).filter((action) => action === "request.approved")).toHaveLength(1);
  });

  test("two people with a link each: the second is told who was first", async () => {
    const world = await aPasskeyWorld();
    const [ben, chen] = [await world.give("U0BEN"), await world.give("U0CHEN")];
    const id = await world.propose();
    const [bens, chens] = [await world.link(id, "U0BEN"), await world.link(id, "U0CHEN")];
    const response = await world.sign(chens, chen.authenticator);
    await world.confirm(bens, ben.authenticator);
    expect(await world.call<Ended>("confirm", { token: chens, response })).toMatchObject({
      ok: true,
      title: "Decided before",
      said: "r-abcd2345 is approved already by U0BEN. You changed nothing.",
    });
  });

  test("of another plan than the request has", async () => {
    const world = await aPasskeyWorld();
    const id = await world.propose();
    const confirmed = { planHash: "0".repeat(64), passkey: "abcd-efgh" };
    expect(await decideRequest(world.needs, { id, user: "U0BEN", verdict: "approve", confirmed })).toMatchObject({
      code: "passkey-needed",
    });
    await undecided(world, id);
  });
});

test("a link's token is nowhere in the store", async () => {
  const world = await aPasskeyWorld();
  await world.give("U0BEN");
  const token = await world.link(await world.propose(), "U0BEN");
  const links = await world.store.db
    .withTables<{ passkey_links: { hash: string } }>()
    .selectFrom("passkey_links")
    .selectAll()
    .execute();
  expect(links).toHaveLength(1);
  expect(JSON.stringify(links)).not.toContain(token);
});

const idOf = ({ id }: Authenticator) => ({ id: id.toString("base64url"), rawId: id.toString("base64url") });

const anAudit = (subject: string) => ({ at: t0, actor: "certops", action: "test", subject, detail: {} });
