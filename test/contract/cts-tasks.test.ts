import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CtsDesk, until } from "../support/cts-desk.ts";
import { refused } from "./cts-refusals.ts";

// How CTS keeps tasks, forgets them, and counts them.

let desk: CtsDesk;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  desk = owned.use(await CtsDesk.open());
});

afterAll(() => owned.disposeAsync());

describe("a new task", () => {
  test("is kept with every default, and neither planned nor run", async () => {
    const { name, module, condition, variables } = desk.task();
    const { status, body } = await desk.call("POST", "/v1/tasks", {
      task: { name, module, enabled: false, condition, variables },
    });
    const kept = {
      name,
      module,
      description: "",
      enabled: false,
      providers: [],
      variables,
      version: "",
      condition: { consul_kv: { ...condition.consul_kv, datacenter: "", namespace: "", use_as_module_input: true } },
      module_input: {},
    };
    const request_id = expect.any(String) as string;
    expect({ status, body }).toEqual({ status: 201, body: { request_id, task: kept } });
    expect((await desk.call("GET", `/v1/tasks/${name}`)).body).toEqual({ request_id, task: kept });
    expect(await desk.statusOf(name)).toEqual({
      task_name: name,
      status: "unknown",
      enabled: false,
      events_url: "",
      providers: [],
      services: [],
    });
    expect(desk.ran(name)).toEqual([]);
  });

  test("that is enabled does not run either, until something changes", async () => {
    const name = await desk.posted({ enabled: true });
    expect(await desk.statusOf(name)).toMatchObject({ status: "unknown", enabled: true });
    await desk.ground.content.put(`${name}/a`, "1");
    await until("its run", () => desk.ran(name).includes("ended"));
  });

  test("is run before it is kept, when that is asked for", async () => {
    const name = await desk.posted({ enabled: true }, "?run=now");
    expect(desk.ran(name)).toEqual(["ran", "ended"]);
    expect(await desk.statusOf(name)).toMatchObject({ status: "successful", enabled: true });
  });

  test("is not kept when that run fails", async () => {
    const task = desk.task({ enabled: true, variables: { fail: "true" } });
    const message = expect.stringMatching(`^error tf-apply for '${task.name}': exit status 1\n`) as string;
    expect(await desk.call("POST", "/v1/tasks?run=now", { task })).toMatchObject(refused(500, message));
    expect(await desk.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
  });

  test("is planned and not kept, when that is asked for", async () => {
    const task = desk.task({ enabled: true });
    const { status, body } = await desk.call("POST", "/v1/tasks?run=inspect", { task });
    const plan = expect.stringContaining("Plan: 1 to add, 0 to change, 0 to destroy.\n") as string;
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { run: { changes_present: true, plan }, task: { name: task.name } },
    });
    expect(await desk.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
    expect(desk.ran(task.name)).toEqual([]);
  });

  test("that is disabled is not even planned", async () => {
    const answer = await desk.call("POST", "/v1/tasks?run=inspect", { task: desk.task() });
    const run = { changes_present: false, plan: "Task is disabled, inspection was skipped." };
    expect(answer).toMatchObject({ status: 200, body: { run } });
  });
});

describe("a deleted task", () => {
  test("leaves in force what it applied, and its name is free again", async () => {
    const task = desk.task();
    await desk.call("POST", "/v1/tasks", { task });
    await desk.patch(task.name, "?run=now");
    const { status, body } = await desk.call("DELETE", `/v1/tasks/${task.name}`);
    expect({ status, body }).toEqual({ status: 202, body: { request_id: expect.any(String) as string } });
    await until("its end", async () => (await desk.call("GET", `/v1/tasks/${task.name}`)).status === 404);
    expect(desk.ran(task.name)).toEqual(["ran", "ended"]);
    expect(await desk.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    expect((await desk.inspected(task.name)).changes_present).toBe(false);
  });
});

describe("the overall status", () => {
  test("counts tasks by how they fare and by whether they are enabled", async () => {
    const counts = async () => {
      const { status, body } = await desk.call("GET", "/v1/status");
      expect(status).toBe(200);
      return (body as { task_summary: { status: Record<string, number>; enabled: Record<string, number> } })
        .task_summary;
    };
    const before = await counts();
    await desk.posted();
    await desk.posted({ enabled: true }, "?run=now");
    const { status, enabled } = await counts();
    expect(status).toEqual({
      ...before.status,
      unknown: (before.status["unknown"] ?? 0) + 1,
      successful: (before.status["successful"] ?? 0) + 1,
    });
    expect(enabled).toEqual({ true: (before.enabled["true"] ?? 0) + 1, false: (before.enabled["false"] ?? 0) + 1 });
  });

  test("health is no news: it is well whatever the tasks do", async () => {
    expect(await desk.call("GET", "/v1/health")).toEqual({ status: 200, type: "application/json", body: {} });
  });
});
