import { describe, expect, test } from "vitest";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { askToEnrol } from "../../bot/operations/passkeys/enrol-passkey.ts";
import { withdrawPasskey } from "../../bot/operations/passkeys/withdraw-passkey.ts";
import { jobInHand } from "../../bot/operations/job-in-hand.ts";
import { runEnrolment } from "../../bot/operations/passkeys/run-enrolment.ts";
import { noticeView } from "../../bot/slack/views/notice.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import type { Ended, Seen } from "../../bot/web/wire.ts";
import { Authenticator } from "../support/authenticator.ts";
import { aPasskeyWorld, granted, type PasskeyWorld, tokenOf } from "../support/passkey-world.ts";

const operator = "operator:root";

/** Opens an enrolment's link and makes a passkey there. */
async function enrol(world: PasskeyWorld, token: string, authenticator = new Authenticator()) {
  const seen = await world.call<Seen>("open", { token });
  if (!seen.ok) return seen;
  const { challenge } = seen.options as { challenge: string };
  const response = authenticator.make({ origin: world.origin, challenge });
  return world.call<Ended>("enrol", { token, response });
}

const linkFor = async (world: PasskeyWorld, user: string, by = user) =>
  tokenOf(granted(await askToEnrol(world.needs, { user, by })).url);

const codesOf = async ({ needs }: PasskeyWorld) => (await needs.passkeys.kept.all()).map(passkeyCode);

async function pending({ store }: PasskeyWorld) {
  const [request] = await store.requests.list({ kind: "enrolment" });
  if (request === undefined) throw new Error("nobody asks for a passkey");
  return request;
}

/** What the bot does with an approved request. */
async function work({ store, needs }: PasskeyWorld, owner = "bot"): Promise<void> {
  const job = await store.jobs.claim(owner, needs.clock(), 1_000);
  const request = job && (await store.requests.find(job.request));
  if (!job || request?.kind !== "enrolment") throw new Error("no enrolment is approved");
  await runEnrolment(needs, jobInHand({ ...needs, jobs: store.jobs, owner }, job, request), request);
}

describe("the first passkey", () => {
  test("is enrolled by a link of the bot's host, counts at once, and the channel is told", async () => {
    const world = await aPasskeyWorld();
    const token = await linkFor(world, "U0BEN", operator);
    expect(await world.call<Seen>("open", { token })).toMatchObject({
      ok: true,
      purpose: "enrol",
      first: true,
      user: "U0BEN",
      options: { authenticatorSelection: { userVerification: "required" }, attestation: "none" },
    });
    const ended = await enrol(world, token);
    expect(ended).toMatchObject({ ok: true, title: "Passkey enrolled" });
    expect(await world.needs.passkeys.kept.all()).toMatchObject([
      { user: "U0BEN", enrolledBy: operator, rpId: "localhost", withdrawnAt: null },
    ]);
    expect(ended.ok && [ended.code]).toEqual(await codesOf(world));
    expect(await world.actions("U0BEN")).toEqual(["passkey.link", "passkey.made", "passkey.first"]);
    const item = await world.store.outbox.claim(world.clock.now, 1_000);
    expect(noticeView(item ?? { payload: {} }, world.clock.now).text).toMatch(/The first passkey: .* of <@U0BEN>/);
    expect(await enrol(world, token)).toMatchObject({ code: "link-used" });
  });

  test("of two links for a first one only one is", async () => {
    const world = await aPasskeyWorld();
    const [bens, chens] = [await linkFor(world, "U0BEN", operator), await linkFor(world, "U0CHEN", operator)];
    await enrol(world, bens);
    expect(await enrol(world, chens)).toMatchObject({ ok: true, title: "Passkey made, and waiting" });
    expect(await world.needs.passkeys.kept.all()).toHaveLength(1);
  });

  test("is the first in the store, whatever was read before", async () => {
    const world = await aPasskeyWorld();
    const { passkey } = await world.give("U0BEN");
    const audit = { at: world.clock.now, actor: operator, action: "passkey.first", subject: "U0CHEN", detail: {} };
    const { kept } = world.needs.passkeys;
    expect(await kept.add({ ...passkey, id: "another" }, { audit, outbox: [], first: true })).toBe(false);
    expect(await kept.add({ ...passkey, id: "another", rpId: "elsewhere" }, { audit, outbox: [], first: true })).toBe(
      true,
    );
    expect(await world.actions("U0CHEN")).toEqual(["passkey.first"]);
  });

  test("cannot be asked for in Slack: without one nobody could approve it", async () => {
    const world = await aPasskeyWorld();
    expect(await enrol(world, await linkFor(world, "U0BEN"))).toMatchObject({ title: "Passkey made, and waiting" });
    const { id } = await pending(world);
    expect(await world.click(id, "U0CHEN")).toMatchObject({ code: "no-passkey" });
    expect(await world.needs.passkeys.kept.all()).toEqual([]);
  });
});

describe("every further one", () => {
  test("is approved by others with a passkey of theirs, by the code that its owner was shown", async () => {
    const world = await aPasskeyWorld();
    const ben = await world.give("U0BEN");
    const own = new Authenticator();
    const ended = await enrol(world, await linkFor(world, "U0CHEN"), own);
    const request = await pending(world);
    expect(request).toMatchObject({ requester: "U0CHEN", state: "pending", approval: { stepUp: "passkey" } });
    const code = passkeyCode(request.plan);
    expect(ended).toMatchObject({ ok: true, title: "Passkey made, and waiting", code });
    const message = JSON.stringify(requestView(request, { now: world.clock.now, configured: true }));
    expect(message).toContain(code);
    expect(message).toContain("approving takes a passkey");

    expect(await world.click(request.id, "U0CHEN")).toMatchObject({ code: "self-approval" });
    const token = await world.link(request.id, "U0BEN");
    expect(await world.confirm(token, ben.authenticator)).toMatchObject({ ok: true, title: "Approved" });
    expect(await codesOf(world)).not.toContain(code);
    await work(world);
    expect(await world.store.requests.find(request.id)).toMatchObject({ state: "enrolled" });
    expect(await codesOf(world)).toContain(code);
    expect(await world.actions("U0CHEN")).toEqual(["passkey.link", "passkey.made", "passkey.enrolled"]);

    const renewal = await world.propose();
    expect(await world.confirm(await world.link(renewal, "U0CHEN"), own)).toMatchObject({ ok: true });
    expect(await world.store.audit.verify()).toBeNull();
  });

  test("taken up again after a kill between its two writes, it is enrolled once", async () => {
    const world = await aPasskeyWorld();
    const ben = await world.give("U0BEN");
    await enrol(world, await linkFor(world, "U0CHEN"));
    const { id } = await pending(world);
    await world.confirm(await world.link(id, "U0BEN"), ben.authenticator);
    const cut = { ...world, needs: { ...world.needs }, store: { ...world.store, jobs: { ...world.store.jobs } } };
    cut.store.jobs.finish = () => Promise.reject(new Error("killed here"));
    await expect(work(cut)).rejects.toThrow("killed here");
    world.clock.now += 2_000;
    await work(world, "the next bot");
    expect(await world.store.requests.find(id)).toMatchObject({ state: "enrolled", receipt: { problem: null } });
    expect(await world.needs.passkeys.kept.all()).toHaveLength(2);
  });

  test("denied, it never counts; and another may be asked for", async () => {
    const world = await aPasskeyWorld();
    await world.give("U0BEN");
    await enrol(world, await linkFor(world, "U0CHEN"));
    expect(await askToEnrol(world.needs, { user: "U0CHEN", by: "U0CHEN" })).toMatchObject({ code: "already-open" });
    const { id } = await pending(world);
    expect(await world.click(id, "U0BEN", "deny")).toMatchObject({ changed: true, request: { state: "denied" } });
    expect(await world.needs.passkeys.kept.all()).toHaveLength(1);
    expect(isRefusal(await askToEnrol(world.needs, { user: "U0CHEN", by: "U0CHEN" }))).toBe(false);
  });

  test("is void once certops is at another address", async () => {
    const world = await aPasskeyWorld();
    const ben = await world.give("U0BEN");
    await enrol(world, await linkFor(world, "U0CHEN"));
    const { id } = await pending(world);
    const token = await world.link(id, "U0BEN");
    const response = await world.sign(token, ben.authenticator);
    // Read anew at each click: here only what the plan is compared with moved.
    const origin = world.needs.passkeys.policy.origin;
    let reads = 0;
    Object.defineProperty(world.needs.passkeys.policy, "origin", {
      get: () => ((reads += 1) > 2 ? "https://certops.example.com" : origin),
    });
    expect(await world.call<Ended>("confirm", { token, response })).toMatchObject({
      code: "plan-moved",
      message: expect.stringContaining("the passkey was made for localhost, and certops is at certops.example.com now"),
    });
  });

  test.each([
    ["made at another origin", { origin: "https://certops.evil.example" }, "wrong-origin"],
    ["made for another host", { rpId: "evil.example" }, "not-signed"],
    ["that checks nobody", { verified: false }, "not-verified"],
    ["made for another link", { challenge: "AAAA" }, "wrong-challenge"],
  ])("%s is refused, and the link stays good", async (_, changes, code) => {
    const world = await aPasskeyWorld();
    const token = await linkFor(world, "U0BEN", operator);
    const seen = await world.call<Seen>("open", { token });
    const { challenge } = (seen.ok && seen.options) as { challenge: string };
    const response = new Authenticator().make({ origin: world.origin, challenge, ...changes });
    expect(await world.call<Ended>("enrol", { token, response })).toMatchObject({
      code,
      message: expect.stringContaining("Nothing was enrolled."),
    });
    expect(await world.needs.passkeys.kept.all()).toEqual([]);
    expect(await enrol(world, token)).toMatchObject({ ok: true });
  });

  test("that is known already is refused", async () => {
    const world = await aPasskeyWorld();
    const { authenticator } = await world.give("U0BEN");
    expect(await enrol(world, await linkFor(world, "U0CHEN"), authenticator)).toMatchObject({ code: "known-passkey" });
  });

  test("late: the link is over", async () => {
    const world = await aPasskeyWorld();
    const token = await linkFor(world, "U0BEN");
    world.clock.now += 15 * 60_000;
    expect(await enrol(world, token)).toMatchObject({
      code: "link-expired",
      message: "This link was good until 2026-11-23 09:15:01 UTC. Nothing was enrolled.",
      hint: "Ask in Slack with /cert enrol for a new one.",
    });
  });
});

test("a link for one thing is none for the other", async () => {
  const world = await aPasskeyWorld();
  const { authenticator } = await world.give("U0BEN");
  const enrolling = await linkFor(world, "U0CHEN");
  const deciding = await world.link(await world.propose(), "U0BEN");
  const around = { origin: world.origin, challenge: "AAAA" };
  expect(await world.call("confirm", { token: enrolling, response: authenticator.sign(around) })).toMatchObject({
    code: "link-unknown",
  });
  expect(await world.call("enrol", { token: deciding, response: authenticator.make(around) })).toMatchObject({
    code: "link-unknown",
  });
});

describe("asking for a link", () => {
  test.each([
    ["for somebody else in Slack", { user: "U0CHEN", by: "U0BEN" }, "only-yourself"],
    ["for nobody on the host", { user: "", by: operator }, "not-a-person"],
    ["for a name on the host", { user: "ben", by: operator }, "not-a-person"],
  ])("%s", async (_, wanted, code) => {
    expect(await askToEnrol((await aPasskeyWorld()).needs, wanted)).toMatchObject({ code });
  });

  test("without a page", async () => {
    const { needs } = await aPasskeyWorld();
    const passkeys = { ...needs.passkeys, policy: { ...needs.passkeys.policy, origin: null } };
    expect(await askToEnrol({ ...needs, passkeys }, { user: "U0BEN", by: operator })).toMatchObject({
      code: "no-passkey-page",
      hint: "Whoever keeps certops.yaml sets http.publicUrl and passkeys there.",
    });
  });
});

describe("withdrawing", () => {
  test.each([
    ["its owner", "U0DANA"],
    ["an approver", "U0BEN"],
    ["an operator", operator],
  ])("%s may; the channel is told", async (_, user) => {
    const world = await aPasskeyWorld();
    const { passkey } = await world.give("U0DANA");
    const code = passkeyCode(passkey);
    expect(await withdrawPasskey(world.needs, { code: code.toUpperCase(), user })).toMatchObject({ user: "U0DANA" });
    expect(await world.needs.passkeys.kept.all()).toMatchObject([{ withdrawnBy: user }]);
    expect(await world.actions("U0DANA")).toEqual(["passkey.first", "passkey.withdrawn"]);
    expect(await withdrawPasskey(world.needs, { code, user })).toMatchObject({ code: "already-withdrawn" });
  });

  test("others may not", async () => {
    const world = await aPasskeyWorld();
    const code = passkeyCode((await world.give("U0BEN")).passkey);
    expect(await withdrawPasskey(world.needs, { code, user: "U0DANA" })).toMatchObject({ code: "not-approver" });
    expect(await withdrawPasskey(world.needs, { code: "aaaa-aaaa", user: operator })).toMatchObject({
      code: "no-such-passkey",
    });
  });

  test("after the last one the next is a first again", async () => {
    const world = await aPasskeyWorld();
    const code = passkeyCode((await world.give("U0BEN")).passkey);
    await withdrawPasskey(world.needs, { code, user: operator });
    expect(await enrol(world, await linkFor(world, "U0BEN", operator))).toMatchObject({ title: "Passkey enrolled" });
  });
});
