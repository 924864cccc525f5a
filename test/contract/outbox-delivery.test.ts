import { webApi } from "@slack/bolt";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Fault } from "../../lab/slack/faults.ts";
import { clientOptions } from "../../bot/slack/client.ts";
import { deliverOutbox } from "../../bot/slack/outbox.ts";
import { drawnBesides } from "../support/drawn-besides.ts";
import { aCommit, aRequest, aService, aStore } from "../support/renewal-fixtures.ts";
import { manifest, SECRETS, silent, startWorkspace, type TestWorkspace, until } from "./slack-fixture.ts";

const thawed = (key: string, subject = "freeze:*") => ({
  audit: { at: Date.now(), actor: "U0ANA", action: "thaw", subject: "*", detail: {} },
  outbox: [
    {
      key,
      kind: "notice" as const,
      subject,
      payload: { type: "freeze", state: "thaw", scope: "*", by: "U0ANA", reason: key },
    },
  ],
});

/** Twenty seconds pass in one: what is waited for is not waited for in full. */
const begun = Date.now();
const clock = () => begun + (Date.now() - begun) * 20;

/** A store whose outbox is delivered to a workspace of the test's own, until the test is over. */
async function delivering(workspace: TestWorkspace, blocks: "plain" | "newest" = "plain") {
  const store = await aStore(clock);
  const drawn = drawnBesides(store, blocks);
  const warned: object[] = [];
  const options = clientOptions({ apiUrl: `${workspace.standIn.url}/api/`, logger: silent });
  const service = aService();
  const needs = {
    outbox: store.outbox,
    requests: store.requests,
    services: new Map([[service.name, service]]),
    mesh: null,
    firewall: null,
    // Whoever waits for an answer that never comes waits shortly.
    client: new webApi.WebClient(SECRETS.botToken, { ...options, timeout: 300 }),
    channel: "C0CERTS",
    clock,
    log: { ...silent, warn: (detail: object) => void warned.push(detail) },
  };
  let stop = new AbortController();
  let running: Promise<void> | null = null;
  const end = async () => {
    stop.abort();
    await running;
  };
  onTestFinished(end);
  return {
    store,
    warned,
    start: () => {
      stop = new AbortController();
      running = deliverOutbox({ ...needs, ...drawn }, stop.signal);
    },
    end,
    told: (count: number) =>
      until(async () => {
        const { count: waiting } = await store.outbox.waiting();
        return waiting === 0 && (await workspace.messages("C0CERTS")).length >= count;
      }),
  };
}

const methods = ({ standIn }: TestWorkspace) => standIn.workspace.feed.calls.map(({ method }) => method);
const post = "chat.postMessage";
const history = "conversations.history";

describe("a post of which nobody heard the outcome", () => {
  test.each<[string, Partial<Fault>, string[]]>([
    ["its answer was lost", { kind: "lose_answer" }, [post, history]],
    ["Slack broke after it was done", { kind: "server_error" }, [post, history]],
    ["the answer never came", { kind: "hang" }, [post, history]],
    ["the connection broke before it was done", { kind: "drop" }, [post, history, post]],
    ["Slack says that something broke", { kind: "error", error: "internal_error" }, [post, history, post]],
    ["Slack asks to wait", { kind: "rate_limit", retryAfter: 1 }, [post, post]],
    ["Slack refuses it", { kind: "error", error: "channel_not_found" }, [post, post]],
  ])("is posted once: %s", async (_, fault, calls) => {
    await using workspace = await startWorkspace({ rateLimits: false });
    await workspace.act("/fault", { method: post, times: 1, ...fault });
    const { store, start, told } = await delivering(workspace);
    const { audit, outbox } = thawed("once");
    await store.audit.append(audit, outbox);
    start();
    await told(1);
    expect(await workspace.messages("C0CERTS")).toHaveLength(1);
    expect(methods(workspace)).toEqual(calls);
  });

  test("is looked for in the requests' channel too, where its own was shut to the bot", async () => {
    await using workspace = await startWorkspace({ rateLimits: false });
    await workspace.act("/fault", { method: post, times: 1, kind: "error", error: "not_in_channel" });
    await workspace.act("/fault", { method: post, times: 1, kind: "lose_answer" });
    const { store, warned, start, told } = await delivering(workspace);
    const { audit, outbox } = thawed("meant for others");
    await store.audit.append(
      audit,
      outbox.map((item) => ({ ...item, payload: { ...item.payload, channel: "C0GENERAL" } })),
    );
    start();
    await told(1);
    const [only, ...others] = await workspace.messages("C0CERTS");
    expect(JSON.stringify(only)).toContain("meant for <#C0GENERAL>");
    expect(others).toEqual([]);
    expect(methods(workspace)).toEqual([post, post, history, history]);
    expect(warned).toContainEqual({ channel: "C0GENERAL", problem: "Slack answered not_in_channel" });
  });

  test("is found behind everything that was said since, also by a process started anew", async () => {
    await using workspace = await startWorkspace({ rateLimits: false });
    const { store, start, end, told } = await delivering(workspace);
    await store.requests.open(aRequest({ createdAt: Date.now() }), aCommit("opened", "r-abcd2345", Date.now()));
    await workspace.act("/fault", { kind: "lose_answer", method: post });
    await workspace.act("/fault", { kind: "drop", method: history });
    start();
    await until(() => methods(workspace).includes(post));
    await end();
    for (let n = 0; n < 250; n += 1) {
      workspace.standIn.workspace.messages.post({ channel: "C0CERTS", user: "U0BEN", text: `${n}`, blocks: [] });
    }
    start();
    await told(251);
    const [first, ...others] = await workspace.messages("C0CERTS");
    expect(others.filter(({ bot }) => bot !== undefined)).toEqual([]);
    expect(await store.requests.find("r-abcd2345")).toMatchObject({ message: { channel: "C0CERTS", ts: first?.ts } });
    expect(methods(workspace).filter((method) => method === history).length).toBeGreaterThanOrEqual(2);
  });

  test("is posted again where the app may not look: rather twice than never, and said in the log", async () => {
    const scopes = ["chat:write"];
    await using workspace = await startWorkspace({ rateLimits: false, manifest: manifest({ scopes }) });
    await workspace.act("/fault", { kind: "lose_answer", method: post });
    const { store, warned, start, told } = await delivering(workspace);
    const { audit, outbox } = thawed("twice");
    await store.audit.append(audit, outbox);
    start();
    await told(2);
    expect(methods(workspace)).toEqual([post, history, post]);
    expect(warned).toContainEqual({ channel: "C0CERTS", problem: "Slack answered missing_scope" });
  });
});

test("what Slack asks one post to wait for, those behind it need not ask again; other calls go on", async () => {
  await using workspace = await startWorkspace({ rateLimits: false });
  const { store, start, told } = await delivering(workspace);
  const request = aRequest({ createdAt: Date.now() });
  await store.requests.open(request, { ...aCommit(), outbox: [] });
  const { ts } = await workspace.api(post, { channel: "C0CERTS", text: "the request's message" });
  await store.requests.placed(request.id, { channel: "C0CERTS", ts: String(ts) });
  for (const key of ["a", "b", "c"]) {
    const { audit, outbox } = thawed(key, `of ${key}`);
    await store.audit.append(audit, outbox);
  }
  const redrawn = aCommit("redrawn", request.id, Date.now());
  await store.audit.append(redrawn.audit, redrawn.outbox);
  // Ample for the others to be told meanwhile, also on a busy machine.
  await workspace.act("/fault", { kind: "rate_limit", method: post, retryAfter: 20 });
  start();
  await told(4);
  expect(methods(workspace)).toEqual([post, post, "chat.update", post, post, post]);
});

test("the weekly picture as a chart that Slack draws is uploaded as a picture where Slack does not take the chart", async () => {
  const scopes = ["chat:write", "files:write", "channels:history", "metadata.message:read"];
  await using workspace = await startWorkspace({ rateLimits: false, manifest: manifest({ scopes }) });
  const { store, start, told } = await delivering(workspace, "newest");
  const marks = [{ notAfter: Date.now() + 60_000, count: 2, state: "near", label: "service-a/a-1" }];
  const outlook = { type: "outlook", at: Date.now(), lanes: [{ name: "payments", marks }], more: 0 };
  const counts = { expired: 0, near: 2, fine: 0, silent: 0 };
  const payload = { ...outlook, counts, channel: "C0CERTS", theme: "dark" };
  const picture = async (key: string) =>
    store.audit.append({ ...thawed(key).audit }, [{ key, kind: "digest", subject: "picture", payload }]);
  await picture("one");
  start();
  await told(1);
  await workspace.act("/fault", { method: post, kind: "error", error: "invalid_blocks", times: 1 });
  await picture("two");
  await told(2);
  const kinds = (await workspace.messages("C0CERTS")).map(({ blocks }) => blocks.map(({ type }) => type)[1]);
  expect(kinds).toEqual(["data_visualization", "image"]);
});
