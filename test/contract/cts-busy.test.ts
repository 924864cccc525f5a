import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CtsAsked } from "../../bot/adapters/cts/client.ts";
import { syncTask, taskDeadlines } from "../../bot/adapters/cts/sync-task.ts";
import { CtsDesk, until } from "../support/cts-desk.ts";
import { refused } from "./cts-refusals.ts";

// What CTS still answers while a task runs.

let desk: CtsDesk;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  desk = owned.use(await CtsDesk.open());
});

afterAll(() => owned.disposeAsync());

describe("while a task runs", () => {
  test("it cannot be patched, and all else goes on", async () => {
    const name = await desk.posted({ variables: { seconds: "2" } });
    const other = await desk.posted();
    const running = desk.patch(name, "?run=now");
    await until("its start", () => desk.ran(name).includes("ran"));
    const message = `task '${name}' is active and cannot be updated at this time`;
    const busy = refused(500, message);
    expect(await desk.patch(name, "?run=inspect")).toMatchObject(busy);
    expect(await desk.patch(name, "", false)).toMatchObject(busy);
    const settings = { name, module: desk.task().module, variables: {} };
    const client = { ask: ({ method, path, body }: CtsAsked) => desk.call(method, path, body) };
    const impatient = syncTask(client, settings, { ...taskDeadlines, busyMs: 0 });
    const givenUp = impatient.disable(AbortSignal.timeout(5_000)).catch((error: unknown) => error);
    expect(await desk.statusOf(name)).toMatchObject({ status: "unknown", enabled: true });
    expect(await desk.call("GET", `/v1/tasks/${name}`)).toMatchObject({
      status: 200,
      body: { task: { enabled: true } },
    });
    expect((await desk.inspected(other)).changes_present).toBe(true);
    expect(await givenUp).toMatchObject({
      code: "cts-busy",
      message: `The task ${name} of CTS works and does not end: ${message}.`,
    });
    expect(desk.ran(name)).toEqual(["ran"]);
    expect(await running).toMatchObject({ status: 200 });
  });

  test("it can be deleted, and goes when it has ended", async () => {
    const name = await desk.posted({ variables: { seconds: "1" } });
    const running = desk.patch(name, "?run=now");
    await until("its start", () => desk.ran(name).includes("ran"));
    expect(await desk.call("DELETE", `/v1/tasks/${name}`)).toMatchObject({ status: 202 });
    expect(await desk.statusOf(name)).toMatchObject({ enabled: true });
    expect(await running).toMatchObject({ status: 200 });
    expect(desk.ran(name)).toEqual(["ran", "ended"]);
    await until("its end", async () => (await desk.call("GET", `/v1/tasks/${name}`)).status === 404);
  });

  test("that is not yet kept, whoever asks for a task waits; whoever asks for a status does not", async () => {
    const other = await desk.posted();
    const task = desk.task({ enabled: true, variables: { seconds: "1" } });
    const order: string[] = [];
    const posting = desk.call("POST", "/v1/tasks?run=now", { task }).then(() => order.push("posted"));
    await until("its start", () => desk.ran(task.name).includes("ran"));
    const asking = desk.call("GET", `/v1/tasks/${other}`).then(() => order.push("task"));
    await desk.statusOf(other).then(() => order.push("status"));
    await Promise.all([posting, asking]);
    expect(order[0]).toBe("status");
    expect(order).toHaveLength(3);
    expect(desk.ran(task.name)).toEqual(["ran", "ended"]);
  });

  test("a client that does not wait for the answer has Terraform killed, and what that had started goes on", async () => {
    const name = await desk.posted({ variables: { seconds: "2" } });
    const client = new AbortController();
    const running = desk.call("PATCH", `/v1/tasks/${name}?run=now`, { enabled: true }, { signal: client.signal });
    await until("its start", () => desk.ran(name).includes("ran"));
    client.abort();
    await expect(running).rejects.toThrow(/abort/i);
    await until("its end", async () => (await desk.statusOf(name)).status === "errored");
    expect(await desk.statusOf(name)).toMatchObject({
      enabled: true,
      events: [{ success: false, error: { message: `error tf-apply for '${name}': signal: killed` } }],
    });
    expect(desk.ran(name)).toEqual(["ran"]);
    await until("the end of what it had started", () => desk.ran(name).includes("ended"));
    // Nobody told Terraform's state: the next plan does it all again.
    expect((await desk.inspected(name)).plan).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  });
});
