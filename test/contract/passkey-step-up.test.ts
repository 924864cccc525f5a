import { describe, expect, test } from "vitest";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { settleClick } from "../../bot/operations/settle-click.ts";
import { tellAudit } from "../../bot/domain/trace.ts";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import { challengeOf, type LinkFor } from "../../bot/domain/passkey-link.ts";
import type { Seen } from "../../bot/web/wire.ts";
import { aPasskeyWorld, benClicked, type PasskeyWorld, undecided } from "../support/passkey-world.ts";
import { aCommit, aRequest, aService } from "../support/renewal-fixtures.ts";

describe("an approval that takes a passkey", () => {
  test("the click alone decides nothing; the passkey does, once, and the audit log says by which", async () => {
    const { world, authenticator, passkey, id, token } = await benClicked();
    await undecided(world, id);

    const seen = await world.call<Seen>("open", { token });
    expect(seen).toMatchObject({ ok: true, purpose: "decide", verdict: "approve", user: "U0BEN", request: id });
    expect(JSON.stringify(seen)).toContain("Renew service-a?");
    expect(seen).toMatchObject({ options: { userVerification: "required", rpId: "localhost" } });

    expect(await world.confirm(token, authenticator)).toMatchObject({ ok: true, title: "Approved" });
    expect(await world.store.requests.find(id)).toMatchObject({ state: "approved", decidedBy: "U0BEN" });
    expect(await world.store.jobs.claim("bot", world.clock.now, 1_000)).toMatchObject({ request: id });
    expect(await world.actions(id)).toEqual([
      "opened",
      "request.passkey-asked",
      "request.passkey-signed",
      "request.approved",
    ]);
    const [, , signed, approved] = await world.store.audit.about(id);
    expect(signed).toMatchObject({
      actor: "U0BEN",
      detail: { passkey: passkeyCode(passkey), counter: expect.any(Number) },
    });
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
