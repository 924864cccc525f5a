import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import type { Answer, Cts } from "../support/cts.ts";
import { type CtsGround, ctsOn, missingForCts, prepareGround } from "../support/cts-world.ts";
import { refused, refusedBySchema, refusedCalls, refusedTasks } from "./cts-refusals.ts";

// What the API of Consul-Terraform-Sync 0.9.0 promises, and where it surprises. It holds for the lab's stand-in and for
// the real one alike: `CTS_PROGRAM=/path/to/consul-terraform-sync` has that one started, `CTS_ADDR=http://…` takes one
// that runs on this machine (with CONSUL_HTTP_ADDR and CONSUL_HTTP_TOKEN for the Consul that it watches).

const WAIT_MS = 15_000;

const missing = await missingForCts();
const owned = new AsyncDisposableStack();
let ground: CtsGround;
let cts: Cts;

beforeAll(async () => {
  if (missing !== null) return;
  ground = owned.use(await prepareGround());
  cts = await ctsOn(ground, owned);
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

interface Asked {
  enabled?: boolean;
  variables?: Record<string, string>;
  /** Names of services that its module is given besides the keys. */
  services?: string[];
}

/** A task that watches keys of its own, disabled unless asked otherwise. */
function aTask({ enabled = false, variables = {}, services }: Asked = {}) {
  const name = ground.newName();
  return {
    name,
    module: ground.module.source,
    enabled,
    condition: { consul_kv: { path: `${ground.content.path}${name}/`, recurse: true } },
    variables: { marker: JSON.stringify(ground.module.marker(name)), ...variables },
    ...(services && { module_input: { services: { names: services } } }),
  };
}

/** Posts a task, and gives its name. */
async function posted(asked: Asked = {}, run: "" | "?run=now" = ""): Promise<string> {
  const task = aTask(asked);
  expect(await cts.call("POST", `/v1/tasks${run}`, { task })).toMatchObject({ status: 201 });
  return task.name;
}

function patch(name: string, run: "" | "?run=inspect" | "?run=now", enabled = true): Promise<Answer> {
  return cts.call("PATCH", `/v1/tasks/${name}${run}`, { enabled });
}

async function inspected(name: string): Promise<{ changes_present: boolean; plan: string }> {
  const { body } = await patch(name, "?run=inspect");
  expect(body).toMatchObject({ inspect: { plan: expect.any(String) as string } });
  return (body as { inspect: { changes_present: boolean; plan: string } }).inspect;
}

/** CTS hears of a change in Consul a moment after it was made. */
async function plansUntil(name: string, says: string): Promise<string> {
  const ask = async () => {
    const { plan } = await inspected(name);
    return plan.includes(says) ? plan : null;
  };
  return eventually(`a plan with ${says}`, ask, AbortSignal.timeout(WAIT_MS));
}

interface Status {
  status: string;
  enabled: boolean;
  events?: { success: boolean; error: { message: string } | null }[];
}

async function statusOf(name: string): Promise<Status> {
  const { body } = await cts.call("GET", `/v1/status/tasks/${name}?include=events`);
  return (body as Record<string, Status>)[name] as Status;
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, async () => ((await holds()) ? true : null), AbortSignal.timeout(WAIT_MS));
}

function ran(name: string): string[] {
  return ground.module.ran(name);
}

describe("a call that CTS does not take", () => {
  test.for(refusedCalls)("%s %s", async ([method, path, body, answer]) => {
    expect(await cts.call(method, path, body)).toMatchObject(answer);
  });

  test("is given an id by the newer calls, and by none of the older", async () => {
    const withId = { request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string };
    expect((await cts.call("GET", "/v1/tasks/nope")).body).toMatchObject(withId);
    expect((await patch("nope", "")).body).toMatchObject(withId);
    expect((await cts.call("GET", "/v1/status/tasks/nope")).body).not.toHaveProperty("request_id");
    expect((await cts.call("PATCH", "/v1/tasks/nope", {})).body).not.toHaveProperty("request_id");
  });
});

describe("a task that CTS does not take", () => {
  test.for(refusedTasks)("%s", async ([, body, answer]) => {
    expect(await cts.call("POST", "/v1/tasks", body)).toMatchObject(answer);
  });

  test("one that does not say it is JSON", async () => {
    const answer = await cts.call("POST", "/v1/tasks", { task: aTask() }, { contentType: "text/html" });
    expect(answer).toMatchObject(
      refusedBySchema('request body has an error: header Content-Type has unexpected value "text/html"'),
    );
  });

  test("one that is to run at another time, or at none", async () => {
    const none = 'parameter "run" in query has an error: empty value is not allowed';
    expect(await cts.call("POST", "/v1/tasks?run=", { task: aTask() })).toMatchObject(refusedBySchema(none));
    const message = 'parameter "run" in query has an error: value is not one of the allowed values ["now","inspect"]';
    expect(await cts.call("POST", "/v1/tasks?run=later", { task: aTask() })).toMatchObject(refusedBySchema(message));
  });

  test("one whose module is not there", async () => {
    const task = { ...aTask(), module: `${ground.dir}/nowhere` };
    const message = expect.stringMatching(`^error tf-init for '${task.name}': exit status 1\n\nError: `) as string;
    expect(await cts.call("POST", "/v1/tasks", { task })).toMatchObject(refused(500, message));
    expect(await cts.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
  });

  test("one that gives its module what that does not know", async () => {
    const task = aTask({ variables: { unknown: '"x"' } });
    const message = `
error: Unsupported argument

on main.tf line 25, in module "${task.name}"
25:  unknown = var.unknown

An argument named "unknown" is not expected here.
`;
    const answer = await cts.call("POST", "/v1/tasks", { task });
    expect(answer).toMatchObject(refused(500, message));
  });

  test("one of a name that is taken", async () => {
    const task = aTask();
    expect(await cts.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    const again = await cts.call("POST", "/v1/tasks", { task });
    expect(again).toMatchObject(refused(400, `task with name ${task.name} already exists`));
  });
});

describe("a new task", () => {
  test("is kept with every default, and neither planned nor run", async () => {
    const { name, module, condition, variables } = aTask();
    const { status, body } = await cts.call("POST", "/v1/tasks", {
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
    expect((await cts.call("GET", `/v1/tasks/${name}`)).body).toEqual({ request_id, task: kept });
    expect(await statusOf(name)).toEqual({
      task_name: name,
      status: "unknown",
      enabled: false,
      events_url: "",
      providers: [],
      services: [],
    });
    expect(ran(name)).toEqual([]);
  });

  test("that is enabled does not run either, until something changes", async () => {
    const name = await posted({ enabled: true });
    expect(await statusOf(name)).toMatchObject({ status: "unknown", enabled: true });
    await ground.content.put(`${name}/a`, "1");
    await until("its run", () => ran(name).includes("ended"));
  });

  test("is run before it is kept, when that is asked for", async () => {
    const name = await posted({ enabled: true }, "?run=now");
    expect(ran(name)).toEqual(["ran", "ended"]);
    expect(await statusOf(name)).toMatchObject({ status: "successful", enabled: true });
  });

  test("is not kept when that run fails", async () => {
    const task = aTask({ enabled: true, variables: { fail: "true" } });
    const message = expect.stringMatching(`^error tf-apply for '${task.name}': exit status 1\n`) as string;
    expect(await cts.call("POST", "/v1/tasks?run=now", { task })).toMatchObject(refused(500, message));
    expect(await cts.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
  });

  test("is planned and not kept, when that is asked for", async () => {
    const task = aTask({ enabled: true });
    const { status, body } = await cts.call("POST", "/v1/tasks?run=inspect", { task });
    const plan = expect.stringContaining("Plan: 1 to add, 0 to change, 0 to destroy.\n") as string;
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { run: { changes_present: true, plan }, task: { name: task.name } },
    });
    expect(await cts.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
    expect(ran(task.name)).toEqual([]);
  });

  test("that is disabled is not even planned", async () => {
    const answer = await cts.call("POST", "/v1/tasks?run=inspect", { task: aTask() });
    const run = { changes_present: false, plan: "Task is disabled, inspection was skipped." };
    expect(answer).toMatchObject({ status: 200, body: { run } });
  });
});

describe("a disabled task", () => {
  test("is planned with what stands in Consul, and stays disabled", async () => {
    const name = await posted();
    await ground.content.put(`${name}/a`, "one");
    const plan = await plansUntil(name, "one");
    expect(plan).toMatch(/^\nTerraform used the selected providers to generate the following execution\nplan\./);
    expect(plan).toContain(`"${ground.content.path}${name}/a" = "one"`);
    expect(plan).toMatch(/Plan: 1 to add, 0 to change, 0 to destroy\.\n$/);
    expect(await statusOf(name)).toMatchObject({ status: "unknown", enabled: false });
    expect(ran(name)).toEqual([]);
  });

  test("is run by a patch, and stays enabled: from then on it runs by itself", async () => {
    const name = await posted();
    expect(await patch(name, "?run=now")).toMatchObject({ status: 200, body: {} });
    expect(ran(name)).toEqual(["ran", "ended"]);
    const { events, ...status } = await statusOf(name);
    expect(status).toMatchObject({
      status: "successful",
      enabled: true,
      events_url: `/v1/status/tasks/${name}?include=events`,
    });
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z$/) as string;
    const id = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
    const config = { providers: [], services: [], source: ground.module.source };
    expect(events).toEqual([
      { id, success: true, start_time: time, end_time: time, task_name: name, error: null, config },
    ]);
    await ground.content.put(`${name}/a`, "1");
    await until("a run that nobody asked for", async () => (await statusOf(name)).events?.length === 2);
    expect(ran(name)).toContain("destroyed");
  });

  test("has nothing to plan when nothing changed since it ran", async () => {
    const name = await posted();
    await patch(name, "?run=now");
    await patch(name, "", false);
    const { changes_present: changes, plan } = await inspected(name);
    expect(changes).toBe(false);
    expect(plan).toContain("No changes. Your infrastructure matches the configuration.");
  });

  test("does nothing when something changes, and says nothing when it is to be planned as disabled", async () => {
    const name = await posted();
    await patch(name, "?run=now");
    expect(await patch(name, "", false)).toMatchObject({ status: 200, body: {} });
    await ground.content.put(`${name}/a`, "changed");
    await plansUntil(name, "changed");
    expect(ran(name)).toEqual(["ran", "ended"]);
    expect(await patch(name, "?run=inspect", false)).toMatchObject({
      body: { inspect: { changes_present: false, plan: "" } },
    });
  });

  test("that is run as disabled does nothing, and calls it a success", async () => {
    const name = await posted();
    expect(await patch(name, "?run=now", false)).toMatchObject({ status: 200, body: {} });
    expect(await statusOf(name)).toMatchObject({ status: "successful", enabled: false });
    expect(ran(name)).toEqual([]);
  });
});

describe("a run that fails", () => {
  test("leaves the task enabled, and the next one tries again", async () => {
    const name = await posted({ variables: { fail: "true" } });
    const message = expect.stringMatching(
      `^error tf-apply for '${name}': exit status 1\n\nError: local-exec provisioner error\n`,
    ) as string;
    expect(await patch(name, "?run=now")).toMatchObject(refused(500, message));
    expect(await statusOf(name)).toMatchObject({
      status: "errored",
      enabled: true,
      events: [{ success: false, error: { message } }],
    });
    expect((await inspected(name)).plan).toContain("is tainted, so must be replaced");
    await patch(name, "?run=now");
    expect(await statusOf(name)).toMatchObject({ status: "critical", enabled: true });
    const { body } = await cts.call("GET", "/v1/status/tasks?status=critical");
    expect(body).toHaveProperty(name);
    expect(await patch(name, "", false)).toMatchObject({ status: 200 });
  });

  test("is one of the five that are remembered, the newest first", async () => {
    const name = await posted({ variables: { fail: "true" } });
    await patch(name, "?run=now");
    for (let i = 0; i < 5; i++) await patch(name, "?run=now", false);
    const { status, events } = await statusOf(name);
    expect(status).toBe("successful");
    expect(events?.map(({ success }) => success)).toEqual([true, true, true, true, true]);
  });
});

describe("while a task runs", () => {
  test("it cannot be patched, and all else goes on", async () => {
    const name = await posted({ variables: { seconds: "2" } });
    const other = await posted();
    const running = patch(name, "?run=now");
    await until("its start", () => ran(name).includes("ran"));
    const busy = refused(500, `task '${name}' is active and cannot be updated at this time`);
    expect(await patch(name, "?run=inspect")).toMatchObject(busy);
    expect(await patch(name, "", false)).toMatchObject(busy);
    expect(await statusOf(name)).toMatchObject({ status: "unknown", enabled: true });
    expect(await cts.call("GET", `/v1/tasks/${name}`)).toMatchObject({
      status: 200,
      body: { task: { enabled: true } },
    });
    expect((await inspected(other)).changes_present).toBe(true);
    expect(ran(name)).toEqual(["ran"]);
    expect(await running).toMatchObject({ status: 200 });
  });

  test("it can be deleted, and goes when it has ended", async () => {
    const name = await posted({ variables: { seconds: "1" } });
    const running = patch(name, "?run=now");
    await until("its start", () => ran(name).includes("ran"));
    expect(await cts.call("DELETE", `/v1/tasks/${name}`)).toMatchObject({ status: 202 });
    expect(await statusOf(name)).toMatchObject({ enabled: true });
    expect(await running).toMatchObject({ status: 200 });
    expect(ran(name)).toEqual(["ran", "ended"]);
    await until("its end", async () => (await cts.call("GET", `/v1/tasks/${name}`)).status === 404);
  });

  test("that is not yet kept, whoever asks for a task waits; whoever asks for a status does not", async () => {
    const other = await posted();
    const task = aTask({ enabled: true, variables: { seconds: "1" } });
    const order: string[] = [];
    const posting = cts.call("POST", "/v1/tasks?run=now", { task }).then(() => order.push("posted"));
    await until("its start", () => ran(task.name).includes("ran"));
    const asking = cts.call("GET", `/v1/tasks/${other}`).then(() => order.push("task"));
    await statusOf(other).then(() => order.push("status"));
    await Promise.all([posting, asking]);
    expect(order[0]).toBe("status");
    expect(order).toHaveLength(3);
    expect(ran(task.name)).toEqual(["ran", "ended"]);
  });

  test("a client that does not wait for the answer has Terraform killed, and what that had started goes on", async () => {
    const name = await posted({ variables: { seconds: "2" } });
    const client = new AbortController();
    const running = cts.call("PATCH", `/v1/tasks/${name}?run=now`, { enabled: true }, { signal: client.signal });
    await until("its start", () => ran(name).includes("ran"));
    client.abort();
    await expect(running).rejects.toThrow(/abort/i);
    await until("its end", async () => (await statusOf(name)).status === "errored");
    expect(await statusOf(name)).toMatchObject({
      enabled: true,
      events: [{ success: false, error: { message: `error tf-apply for '${name}': signal: killed` } }],
    });
    expect(ran(name)).toEqual(["ran"]);
    await until("the end of what it had started", () => ran(name).includes("ended"));
    // Nobody told Terraform's state: the next plan does it all again.
    expect((await inspected(name)).plan).toContain("Plan: 1 to add, 0 to change, 0 to destroy.");
  });
});

describe("a deleted task", () => {
  test("leaves in force what it applied, and its name is free again", async () => {
    const task = aTask();
    await cts.call("POST", "/v1/tasks", { task });
    await patch(task.name, "?run=now");
    const { status, body } = await cts.call("DELETE", `/v1/tasks/${task.name}`);
    expect({ status, body }).toEqual({ status: 202, body: { request_id: expect.any(String) as string } });
    await until("its end", async () => (await cts.call("GET", `/v1/tasks/${task.name}`)).status === 404);
    expect(ran(task.name)).toEqual(["ran", "ended"]);
    expect(await cts.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    expect((await inspected(task.name)).changes_present).toBe(false);
  });
});

describe("what stands in Consul", () => {
  test("goes into HCL as it is: a value can bring an entry of its own, break the plan, and be worked out", async () => {
    const name = await posted();
    const key = `${ground.content.path}${name}`;
    await ground.content.put(`${name}/a`, `x"\n  "${key}/evil" = "y`);
    const plan = await plansUntil(name, "evil");
    expect(plan).toMatch(/\/a" += "x"/);
    expect(plan).toMatch(/\/evil" += "y"/);
    await ground.content.put(`${name}/a`, "${1 + 1}");
    expect(await plansUntil(name, '= "2"')).toContain(`"${key}/a" = "2"`);
    await ground.content.put(`${name}/a`, '{"json": true}');
    await until("a plan that fails", async () => (await patch(name, "?run=inspect")).status === 500);
    const start = `Error updating task '${name}'. Unable to inspect task: error tf-plan for '${name}': exit status 1\n\nError: `;
    expect(await patch(name, "?run=inspect")).toMatchObject(refused(500, expect.stringContaining(start) as string));
    await ground.content.remove(`${name}/a`);
    expect(await plansUntil(name, "keys     = {}")).not.toContain(key);
  });

  test("comes with the whole key, folders and empty values too", async () => {
    const name = await posted();
    const key = `${ground.content.path}${name}`;
    for (const [under, value] of Object.entries({ a: "1", "b/c": "é <&>", "folder/": "", empty: "" }))
      await ground.content.put(`${name}/${under}`, value);
    const plan = await plansUntil(name, "folder");
    expect(plan.match(new RegExp(`"${key}/.*`, "g"))).toEqual([
      `"${key}/a"       = "1"`,
      `"${key}/b/c"     = "é <&>"`,
      `"${key}/empty"   = ""`,
      `"${key}/folder/" = ""`,
    ]);
  });

  test("is seen of a service only when a key changes, where the service is a mere input", async () => {
    const service = `${ground.newName()}-web`;
    const name = await posted({ services: [service] });
    expect((await inspected(name)).plan).toContain("services = {}");
    await ground.content.register(service, "10.0.0.1");
    // By the time that CTS has seen the second of two changes, it has seen the first.
    await ground.content.put(`${name}/a`, "first");
    await plansUntil(name, "10.0.0.1");
    await ground.content.register(service, "10.0.0.2");
    const watching = await posted({ services: [service] });
    await plansUntil(watching, "10.0.0.2");
    expect((await inspected(name)).plan).toContain("10.0.0.1");
    await ground.content.put(`${name}/a`, "second");
    expect(await plansUntil(name, "second")).toContain("10.0.0.2");
    await ground.content.deregister(service);
  });

  test("is seen of a service at once, where the service is the condition", async () => {
    const service = `${ground.newName()}-web`;
    const task = { ...aTask(), condition: { services: { names: [service] } } };
    await cts.call("POST", "/v1/tasks", { task });
    await patch(task.name, "?run=now");
    await ground.content.register(service, "10.0.0.1");
    await until("a run that nobody asked for", async () => (await statusOf(task.name)).events?.length === 2);
    await patch(task.name, "", false);
    expect((await inspected(task.name)).changes_present).toBe(false);
    await ground.content.register(service, "10.0.0.2");
    expect(await plansUntil(task.name, "10.0.0.2")).toMatch(/"10\.0\.0\.1" -> "10\.0\.0\.2"/);
    await ground.content.deregister(service);
  });

  test("is one key, where it is not asked for all below", async () => {
    const base = aTask();
    const task = { ...base, condition: { consul_kv: { path: `${base.condition.consul_kv.path}a` } } };
    await cts.call("POST", "/v1/tasks", { task });
    expect((await inspected(task.name)).plan).toMatch(/keys +=  ?\{\}/);
    await ground.content.put(`${task.name}/ab`, "not this");
    await ground.content.put(`${task.name}/a`, "this");
    expect(await plansUntil(task.name, '"this"')).not.toContain("not this");
  });
});

describe("a task's variables", () => {
  test.for<[what: string, greeting: string, fault: string]>([
    ["no text", "hello", "Variables not allowed; Variables may not be used here."],
    ["a text with a variable", '"a ${var.x}"', "Variables not allowed; Variables may not be used here."],
    ["a call", 'file("/etc/passwd")', "Function calls not allowed; Functions may not be called here."],
    ["a text without its end", '"a', "Invalid multi-line string; Quoted strings may not be split over multiple lines."],
    ["nothing", "", "Invalid expression; Expected the start of an expression, but found an invalid expression token."],
  ])("are HCL, and refused where they are not: %s", async ([, greeting, fault]) => {
    const task = aTask({ variables: { greeting } });
    const { status, body } = await cts.call("POST", "/v1/tasks", { task });
    expect(status).toBe(500);
    const { message } = (body as { error: { message: string } }).error;
    expect(message).toMatch(new RegExp(`^error initializing task ${task.name}: :\\d+,\\d+-[\\d,]+: `));
    expect(message).toContain(fault);
  });

  test("bring another where one holds a line end", async () => {
    const name = await posted({ variables: { greeting: '"a"\nfail = true' } });
    expect(await patch(name, "?run=now")).toMatchObject({ status: 500 });
  });

  test("say what is escaped in them", async () => {
    const name = await posted({ variables: { greeting: '"$${x} %%{y} \\u00e9 \\" \\\\ <>"' } });
    expect((await inspected(name)).plan).toContain('greeting = "${x} %{y} é \\" \\\\ <>"');
  });
});

describe("the overall status", () => {
  test("counts tasks by how they fare and by whether they are enabled", async () => {
    const counts = async () => {
      const { status, body } = await cts.call("GET", "/v1/status");
      expect(status).toBe(200);
      return (body as { task_summary: { status: Record<string, number>; enabled: Record<string, number> } })
        .task_summary;
    };
    const before = await counts();
    await posted();
    await posted({ enabled: true }, "?run=now");
    const { status, enabled } = await counts();
    expect(status).toEqual({
      ...before.status,
      unknown: (before.status["unknown"] ?? 0) + 1,
      successful: (before.status["successful"] ?? 0) + 1,
    });
    expect(enabled).toEqual({ true: (before.enabled["true"] ?? 0) + 1, false: (before.enabled["false"] ?? 0) + 1 });
  });

  test("health is no news: it is well whatever the tasks do", async () => {
    expect(await cts.call("GET", "/v1/health")).toEqual({ status: 200, type: "application/json", body: {} });
  });
});
