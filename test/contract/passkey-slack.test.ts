import { expect, test } from "vitest";
import { passkeyCode } from "../../bot/domain/passkey.ts";
import type { Message } from "../../lab/slack/messages.ts";
import { Authenticator } from "../support/authenticator.ts";
import { aPasskeySlack } from "../support/passkey-slack.ts";
import { aPasskeyWorld, tokenOf } from "../support/passkey-world.ts";
import { type TestWorkspace, until } from "./slack-fixture.ts";
import type { Ended, Seen } from "../../bot/web/wire.ts";

/** What only this person sees there, and says that. */
const whispered = (workspace: TestWorkspace, user: string, channel: string, words: string): Promise<Message> =>
  until(async () =>
    (await workspace.messages(channel, user)).findLast((one) => one.to === user && JSON.stringify(one).includes(words)),
  );

const posted = (workspace: TestWorkspace, words: string): Promise<Message> =>
  until(async () =>
    (await workspace.messages("C0CERTS")).findLast((one) => JSON.stringify(one.blocks).includes(words)),
  );

const linkIn = (message: Message): string => /"url":"([^"]+)"/.exec(JSON.stringify(message))?.[1] ?? "no link";

test("from the click in Slack to the passkey, and back into its message", async () => {
  const breakGlass = { users: ["U0DANA"], groups: [], rotas: [] };
  const world = await aPasskeyWorld(Date.now(), { breakGlass });
  world.needs.clock = Date.now;
  await using slack = await aPasskeySlack(world);
  const { workspace } = slack;
  const ben = await world.give("U0BEN");
  const chens = new Authenticator();

  // Chen enrols one: a link for chen alone, then a request that ben confirms with his.
  await workspace.act("/command", { user: "U0CHEN", channel: "C0GENERAL", text: "/cert enrol" });
  const enrolling = tokenOf(linkIn(await whispered(workspace, "U0CHEN", "C0GENERAL", "Make a passkey")));
  const seen = await world.call<Seen>("open", { token: enrolling });
  expect(seen).toMatchObject({ options: { user: { name: "chen" } } });
  const { challenge } = (seen.ok && seen.options) as { challenge: string };
  const response = chens.make({ origin: world.origin, challenge });
  expect(await world.call<Ended>("enrol", { token: enrolling, response })).toMatchObject({ ok: true });
  const enrolment = await posted(workspace, "Enrol a passkey?");
  await workspace.act("/click", { user: "U0BEN", channel: "C0CERTS", ts: enrolment.ts, action_id: "approve_request" });
  const asked = await whispered(workspace, "U0BEN", "C0CERTS", "Not approved yet");
  const confirming = tokenOf(linkIn(asked));
  expect(await world.call<Seen>("open", { token: confirming })).toMatchObject({
    ok: true,
    user: "U0BEN",
    name: "ben",
  });
  expect(await world.confirm(confirming, ben.authenticator)).toMatchObject({ ok: true, title: "Approved" });
  await posted(workspace, "Passkey enrolled");
  const listed = await world.needs.passkeys.kept.all();
  expect(listed.map(({ user }) => user)).toEqual(["U0BEN", "U0CHEN"]);

  // The link's own click asks for nothing and is answered by nothing.
  const before = (await workspace.messages("C0CERTS", "U0BEN")).length;
  expect(
    await workspace.act("/click", { user: "U0BEN", channel: "C0CERTS", ts: asked.ts, action_id: "open_page" }),
  ).toMatchObject({ ok: true });

  await workspace.act("/command", { user: "U0ANA", channel: "C0GENERAL", text: "/cert renew service-a for the audit" });
  const renewal = await posted(workspace, "approving takes a passkey · request");
  await workspace.act("/click", { user: "U0CHEN", channel: "C0CERTS", ts: renewal.ts, action_id: "approve_request" });
  const token = tokenOf(linkIn(await whispered(workspace, "U0CHEN", "C0CERTS", "Not approved yet")));
  // Who asked and who decides, by name; the id stays behind it.
  const plan = JSON.stringify(await world.call<Seen>("open", { token }));
  for (const named of [
    '{"text":"@ana","as":"name","id":"U0ANA"}',
    '{"text":"@platform-approvers","as":"name","id":"S0PLATFORM"}',
  ])
    expect(plan).toContain(named);
  expect(await world.confirm(token, chens)).toMatchObject({ ok: true, title: "Approved" });
  await posted(workspace, "Renewing service-a");
  expect((await workspace.messages("C0CERTS", "U0BEN")).filter(({ to }) => to === "U0BEN")).toHaveLength(1);
  expect((await workspace.messages("C0CERTS", "U0BEN")).length).toBeGreaterThanOrEqual(before);

  // Alone, with a reason in the form: the link comes after it, and asks for dana's.
  const danas = await world.give("U0DANA");
  await world.store.jobs.claim("bot", Date.now(), 60_000);
  const ended = { audit: { at: Date.now(), actor: "certops", action: "test", subject: "", detail: {} }, outbox: [] };
  const [renewing] = await world.store.requests.list({ kind: "renewal" });
  await world.store.requests.move(renewing?.id ?? "", ["approved"], { state: "failed" }, ended);
  await workspace.act("/command", { user: "U0ANA", channel: "C0GENERAL", text: "/cert renew service-a it burns" });
  const burning = await posted(workspace, "it burns");
  const [request] = await world.store.requests.list({ kind: "renewal", states: ["pending"] });
  const glass = `break-glass ${request?.id}`;
  const picked = { user: "U0DANA", channel: "C0CERTS", ts: burning.ts, action_id: "request_more", value: glass };
  await workspace.act("/click", picked);
  await workspace.fillIn("U0DANA", { text: "the key is public" });
  const letting = tokenOf(linkIn(await whispered(workspace, "U0DANA", "C0CERTS", "Not let through yet")));
  expect(await world.store.requests.find(request?.id ?? "")).toMatchObject({ state: "pending" });
  expect(await world.confirm(letting, danas.authenticator)).toMatchObject({ ok: true, title: "Let through" });
  await posted(workspace, "let it through alone");

  await workspace.act("/command", { user: "U0CHEN", channel: "C0GENERAL", text: "/cert passkeys" });
  const list = JSON.stringify(await whispered(workspace, "U0CHEN", "C0GENERAL", "Passkeys"));
  for (const passkey of listed) expect(list).toContain(passkeyCode(passkey));
  const code = listed.map(passkeyCode)[1] ?? "none";
  await workspace.act("/command", { user: "U0CHEN", channel: "C0GENERAL", text: `/cert passkeys withdraw ${code}` });
  await posted(workspace, "It confirms nothing any more");
  await whispered(workspace, "U0CHEN", "C0GENERAL", "Withdrawn: passkey");
});

test(
  "where certops has no publicUrl who clicks is refused, and told what is missing: nothing is approved without the passkey",
  { timeout: 30_000 },
  async () => {
    const world = await aPasskeyWorld(Date.now());
    world.needs.clock = Date.now;
    await world.give("U0BEN");
    world.needs.passkeys.policy = { ...world.needs.passkeys.policy, origin: null };
    await using slack = await aPasskeySlack(world);
    const { workspace } = slack;
    await workspace.act("/command", {
      user: "U0ANA",
      channel: "C0GENERAL",
      text: "/cert renew service-a for the audit",
    });
    const { ts } = await posted(workspace, "approve_request");
    await workspace.act("/click", { user: "U0BEN", channel: "C0CERTS", ts, action_id: "approve_request" });
    const told = JSON.stringify(await whispered(workspace, "U0BEN", "C0CERTS", "no-passkey-page"));
    expect(told).toContain("certops has no page of its own where it could ask for a passkey");
    expect(told).toContain("sets http.publicUrl and passkeys there.");
    expect(told).not.toContain('"url"');
    expect(await world.store.requests.list({ states: ["pending"] })).toHaveLength(1);
    expect(await world.store.jobs.claim("bot", Date.now(), 1_000)).toBeNull();
  },
);
