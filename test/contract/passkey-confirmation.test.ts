import { describe, expect, test } from "vitest";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { withdrawPasskey } from "../../bot/operations/passkeys/withdraw-passkey.ts";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import type { Ended, Seen } from "../../bot/web/wire.ts";
import { Authenticator } from "../support/authenticator.ts";
import { aPasskeyWorld, benClicked, undecided } from "../support/passkey-world.ts";
import { aCommit, aService } from "../support/renewal-fixtures.ts";

describe("a confirmation that decides nothing", () => {
  test("replayed: the link works once", async () => {
    const { world, authenticator, id, token } = await benClicked();
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
    const { world, authenticator, id, token } = await benClicked();
    const other = await world.link(id, "U0BEN");
    const response = await world.sign(token, authenticator);
    expect(await world.call<Ended>("confirm", { token: other, response })).toMatchObject({ code: "wrong-challenge" });
    await undecided(world, id);
    expect((await world.actions(id)).at(-1)).toBe("request.passkey-refused");
  });

  test("with somebody else's passkey", async () => {
    const { world, id, token } = await benClicked();
    const chen = await world.give("U0CHEN");
    expect(await world.confirm(token, chen.authenticator)).toMatchObject({
      code: "not-your-passkey",
      message: "This link is U0BEN's, and that passkey is U0CHEN's. Nothing was decided.",
    });
    await undecided(world, id);
  });

  test("with a passkey nobody knows, and with one that was withdrawn", async () => {
    const { world, authenticator, passkey, id, token } = await benClicked();
    expect(await world.confirm(token, new Authenticator())).toMatchObject({ code: "unknown-passkey" });
    await withdrawPasskey(world.needs, { code: passkeyCode(passkey), user: "operator:root" });
    expect(await world.confirm(token, authenticator)).toMatchObject({ code: "unknown-passkey" });
    await undecided(world, id);
  });

  test("too late", async () => {
    const { world, authenticator, id, token } = await benClicked();
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
    const { world, authenticator, id, token } = await benClicked();
    const service = world.needs.services.get("service-a") ?? aService();
    world.needs.services.set("service-a", { ...service, ttl: "3m" });
    expect(await world.confirm(token, authenticator)).toMatchObject({
      code: "plan-moved",
      message: "r-abcd2345 is void. The plan moved since it was asked for: ttl: 2m is now 3m.",
    });
    expect(await world.store.requests.find(id)).toMatchObject({ state: "void" });
    expect(await world.store.jobs.claim("bot", world.clock.now, 1_000)).toBeNull();
  });

  test("by somebody who left the group after the click", async () => {
    const { world, authenticator, id, token } = await benClicked();
    world.needs.groupsOf = async () => [];
    expect(await world.confirm(token, authenticator)).toMatchObject({ code: "not-approver" });
    await undecided(world, id);
  });

  test.each([
    ["from another origin", { origin: "https://certops.evil.example" }, "wrong-origin"],
    ["for another host", { rpId: "evil.example" }, "not-signed"],
    ["without checking who holds it", { verified: false }, "not-verified"],
  ])("signed %s", async (_, changes, code) => {
    const { world, authenticator, id, token } = await benClicked();
    const response = await world.sign(token, authenticator, changes);
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({ code });
    await undecided(world, id);
    expect((await world.actions(id)).at(-1)).toBe("request.passkey-refused");
    // The link is still good for the right one.
    expect(await world.confirm(token, authenticator)).toMatchObject({ ok: true });
  });

  test("signed by another key under the passkey's name", async () => {
    const { world, authenticator, id, token } = await benClicked();
    const forged = { ...(await world.sign(token, new Authenticator(99))), ...idOf(authenticator) };
    expect(await world.call<Ended>("confirm", { token, response: forged })).toMatchObject({ code: "not-signed" });
    await undecided(world, id);
  });

  test("called from another page", async () => {
    const { world, authenticator, id, token } = await benClicked();
    const response = await world.sign(token, authenticator);
    expect(await world.call<Ended>("confirm", { token, response }, "http://127.0.0.1:9")).toMatchObject({
      code: "wrong-origin",
      message: `This page is at http://127.0.0.1:9; certops asks for passkeys at ${world.origin} alone.`,
    });
    await undecided(world, id);
  });

  test.each([[{}], [null], ["x"], [{ id: "a", response: { clientDataJSON: 1 } }]])("sent as %j", async (response) => {
    const { world, authenticator, id, token } = await benClicked();
    const sent = typeof response === "object" && response !== null ? { ...response, ...idOf(authenticator) } : response;
    const answer = await world.call<Ended>("confirm", { token, response: sent });
    expect(["not-understood", "unknown-passkey"]).toContain(answer.ok ? "ok" : answer.code);
    await undecided(world, id);
  });

  test("of a copy: it is withdrawn, the channel is told, and neither confirms anything any more", async () => {
    const { world, authenticator, passkey, id, token: first } = await benClicked();
    await world.confirm(first, authenticator);
    await world.store.jobs.claim("bot", world.clock.now, 1_000);
    await world.store.requests.move(id, ["approved"], { state: "failed" }, aCommit("test", id));
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
    const { world, authenticator, id, token } = await benClicked();
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

const idOf = ({ id }: Authenticator) => ({ id: id.toString("base64url"), rawId: id.toString("base64url") });
