import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CtsDesk, until } from "../support/cts-desk.ts";
import { refused } from "./cts-refusals.ts";

// When CTS plans a task and when it runs one: by itself, and when asked to.

let desk: CtsDesk;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  desk = owned.use(await CtsDesk.open());
});

afterAll(() => owned.disposeAsync());

describe("a disabled task", () => {
  test("is planned with what stands in Consul, and stays disabled", async () => {
    const name = await desk.posted();
    await desk.ground.content.put(`${name}/a`, "one");
    const plan = await desk.plansUntil(name, "one");
    expect(plan).toMatch(/^\nTerraform used the selected providers to generate the following execution\nplan\./);
    expect(plan).toContain(`"${desk.ground.content.path}${name}/a" = "one"`);
    expect(plan).toMatch(/Plan: 1 to add, 0 to change, 0 to destroy\.\n$/);
    expect(await desk.statusOf(name)).toMatchObject({ status: "unknown", enabled: false });
    expect(desk.ran(name)).toEqual([]);
  });

  test("is run by a patch, and stays enabled: from then on it runs by itself", async () => {
    const name = await desk.posted();
    expect(await desk.patch(name, "?run=now")).toMatchObject({ status: 200, body: {} });
    expect(desk.ran(name)).toEqual(["ran", "ended"]);
    const { events, ...status } = await desk.statusOf(name);
    expect(status).toMatchObject({
      status: "successful",
      enabled: true,
      events_url: `/v1/status/tasks/${name}?include=events`,
    });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/) as string;
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    const config = { providers: [], services: [], source: desk.ground.module.source };
    expect(events).toEqual([
      { id, success: true, start_time: time, end_time: time, task_name: name, error: null, config },
    ]);
    await desk.ground.content.put(`${name}/a`, "1");
    await until("a run that nobody asked for", async () => (await desk.statusOf(name)).events?.length === 2);
    expect(desk.ran(name)).toContain("destroyed");
  });

  test("has nothing to plan when nothing changed since it ran", async () => {
    const name = await desk.posted();
    await desk.patch(name, "?run=now");
    await desk.patch(name, "", false);
    const { changes_present: changes, plan } = await desk.inspected(name);
    expect(changes).toBe(false);
    expect(plan).toContain("No changes. Your infrastructure matches the configuration.");
  });

  test("does nothing when something changes, and says nothing when it is to be planned as disabled", async () => {
    const name = await desk.posted();
    await desk.patch(name, "?run=now");
    expect(await desk.patch(name, "", false)).toMatchObject({ status: 200, body: {} });
    await desk.ground.content.put(`${name}/a`, "changed");
    await desk.plansUntil(name, "changed");
    expect(desk.ran(name)).toEqual(["ran", "ended"]);
    expect(await desk.patch(name, "?run=inspect", false)).toMatchObject({
      body: { inspect: { changes_present: false, plan: "" } },
    });
  });

  test("that is run as disabled does nothing, and calls it a success", async () => {
    const name = await desk.posted();
    expect(await desk.patch(name, "?run=now", false)).toMatchObject({ status: 200, body: {} });
    expect(await desk.statusOf(name)).toMatchObject({ status: "successful", enabled: false });
    expect(desk.ran(name)).toEqual([]);
  });
});

describe("a run that fails", () => {
  test("leaves the task enabled, and the next one tries again", async () => {
    const name = await desk.posted({ variables: { fail: "true" } });
    const message = expect.stringMatching(
      `^error tf-apply for '${name}': exit status 1\n\nError: local-exec provisioner error\n`,
    ) as string;
    expect(await desk.patch(name, "?run=now")).toMatchObject(refused(500, message));
    expect(await desk.statusOf(name)).toMatchObject({
      status: "errored",
      enabled: true,
      events: [{ success: false, error: { message } }],
    });
    expect((await desk.inspected(name)).plan).toContain("is tainted, so must be replaced");
    await desk.patch(name, "?run=now");
    expect(await desk.statusOf(name)).toMatchObject({ status: "critical", enabled: true });
    const { body } = await desk.call("GET", "/v1/status/tasks?status=critical");
    expect(body).toHaveProperty(name);
    expect(await desk.patch(name, "", false)).toMatchObject({ status: 200 });
  });

  test("is one of the five that are remembered, the newest first", async () => {
    const name = await desk.posted({ variables: { fail: "true" } });
    await desk.patch(name, "?run=now");
    for (let i = 0; i < 5; i++) await desk.patch(name, "?run=now", false);
    const { status, events } = await desk.statusOf(name);
    expect(status).toBe("successful");
    expect(events?.map(({ success }) => success)).toEqual([true, true, true, true, true]);
  });
});
