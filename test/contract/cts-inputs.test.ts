import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CtsDesk, until } from "../support/cts-desk.ts";
import { refused } from "./cts-refusals.ts";

// What a task is given: how values from Consul and its variables come into HCL.

let desk: CtsDesk;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  desk = owned.use(await CtsDesk.open());
});

afterAll(() => owned.disposeAsync());

describe("what stands in Consul", () => {
  test("goes into HCL as it is: a value can bring an entry of its own, break the plan, and be worked out", async () => {
    const name = await desk.posted();
    const key = `${desk.ground.content.path}${name}`;
    await desk.ground.content.put(`${name}/a`, `x"\n  "${key}/evil" = "y`);
    const plan = await desk.plansUntil(name, "evil");
    expect(plan).toMatch(/\/a" += "x"/);
    expect(plan).toMatch(/\/evil" += "y"/);
    await desk.ground.content.put(`${name}/a`, "${1 + 1}");
    expect(await desk.plansUntil(name, '= "2"')).toContain(`"${key}/a" = "2"`);
    await desk.ground.content.put(`${name}/a`, '{"json": true}');
    await until("a plan that fails", async () => (await desk.patch(name, "?run=inspect")).status === 500);
    const start = `Error updating task '${name}'. Unable to inspect task: error tf-plan for '${name}': exit status 1\n\nError: `;
    expect(await desk.patch(name, "?run=inspect")).toMatchObject(
      refused(500, expect.stringContaining(start) as string),
    );
    await desk.ground.content.remove(`${name}/a`);
    expect(await desk.plansUntil(name, "keys     = {}")).not.toContain(key);
  });

  test("comes with the whole key, folders and empty values too", async () => {
    const name = await desk.posted();
    const key = `${desk.ground.content.path}${name}`;
    for (const [under, value] of Object.entries({ a: "1", "b/c": "é <&>", "folder/": "", empty: "" }))
      await desk.ground.content.put(`${name}/${under}`, value);
    const plan = await desk.plansUntil(name, "folder");
    expect(plan.match(new RegExp(`"${key}/.*`, "g"))).toEqual([
      `"${key}/a"       = "1"`,
      `"${key}/b/c"     = "é <&>"`,
      `"${key}/empty"   = ""`,
      `"${key}/folder/" = ""`,
    ]);
  });

  test("is seen of a service only when a key changes, where the service is a mere input", async () => {
    const service = `${desk.ground.newName()}-web`;
    const name = await desk.posted({ services: [service] });
    expect((await desk.inspected(name)).plan).toContain("services = {}");
    await desk.ground.content.register(service, "10.0.0.1");
    // By the time that CTS has seen the second of two changes, it has seen the first.
    await desk.ground.content.put(`${name}/a`, "first");
    await desk.plansUntil(name, "10.0.0.1");
    await desk.ground.content.register(service, "10.0.0.2");
    const watching = await desk.posted({ services: [service] });
    await desk.plansUntil(watching, "10.0.0.2");
    expect((await desk.inspected(name)).plan).toContain("10.0.0.1");
    await desk.ground.content.put(`${name}/a`, "second");
    expect(await desk.plansUntil(name, "second")).toContain("10.0.0.2");
    await desk.ground.content.deregister(service);
  });

  test("is seen of a service at once, where the service is the condition", async () => {
    const service = `${desk.ground.newName()}-web`;
    const task = { ...desk.task(), condition: { services: { names: [service] } } };
    await desk.call("POST", "/v1/tasks", { task });
    await desk.patch(task.name, "?run=now");
    await desk.ground.content.register(service, "10.0.0.1");
    await until("a run that nobody asked for", async () => (await desk.statusOf(task.name)).events?.length === 2);
    await desk.patch(task.name, "", false);
    expect((await desk.inspected(task.name)).changes_present).toBe(false);
    await desk.ground.content.register(service, "10.0.0.2");
    expect(await desk.plansUntil(task.name, "10.0.0.2")).toMatch(/"10\.0\.0\.1" -> "10\.0\.0\.2"/);
    await desk.ground.content.deregister(service);
  });

  test("is one key, where it is not asked for all below", async () => {
    const base = desk.task();
    const task = { ...base, condition: { consul_kv: { path: `${base.condition.consul_kv.path}a` } } };
    await desk.call("POST", "/v1/tasks", { task });
    expect((await desk.inspected(task.name)).plan).toMatch(/keys +=  ?\{\}/);
    await desk.ground.content.put(`${task.name}/ab`, "not this");
    await desk.ground.content.put(`${task.name}/a`, "this");
    expect(await desk.plansUntil(task.name, '"this"')).not.toContain("not this");
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
    const task = desk.task({ variables: { greeting } });
    const { status, body } = await desk.call("POST", "/v1/tasks", { task });
    expect(status).toBe(500);
    const { message } = (body as { error: { message: string } }).error;
    expect(message).toMatch(new RegExp(`^error initializing task ${task.name}: :\\d+,\\d+-[\\d,]+: `));
    expect(message).toContain(fault);
  });

  test("bring another where one holds a line end", async () => {
    const name = await desk.posted({ variables: { greeting: '"a"\nfail = true' } });
    expect(await desk.patch(name, "?run=now")).toMatchObject({ status: 500 });
  });

  test("say what is escaped in them", async () => {
    const name = await desk.posted({ variables: { greeting: '"$${x} %%{y} \\u00e9 \\" \\\\ <>"' } });
    expect((await desk.inspected(name)).plan).toContain('greeting = "${x} %{y} é \\" \\\\ <>"');
  });
});
