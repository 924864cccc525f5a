import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CtsDesk } from "../support/cts-desk.ts";
import { refused, refusedBySchema, refusedCalls, refusedTasks } from "./cts-refusals.ts";

// What the API of CTS does not take, and in which words.

let desk: CtsDesk;
const owned = new AsyncDisposableStack();

beforeAll(async () => {
  desk = owned.use(await CtsDesk.open());
});

afterAll(() => owned.disposeAsync());

describe("a call that CTS does not take", () => {
  test.for(refusedCalls)("%s %s", async ([method, path, body, answer]) => {
    expect(await desk.call(method, path, body)).toMatchObject(answer);
  });

  test("is given an id by the newer calls, and by none of the older", async () => {
    const withId = { request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string };
    expect((await desk.call("GET", "/v1/tasks/nope")).body).toMatchObject(withId);
    expect((await desk.patch("nope", "")).body).toMatchObject(withId);
    expect((await desk.call("GET", "/v1/status/tasks/nope")).body).not.toHaveProperty("request_id");
    expect((await desk.call("PATCH", "/v1/tasks/nope", {})).body).not.toHaveProperty("request_id");
  });
});

describe("a task that CTS does not take", () => {
  test.for(refusedTasks)("%s", async ([, body, answer]) => {
    expect(await desk.call("POST", "/v1/tasks", body)).toMatchObject(answer);
  });

  test("one that does not say it is JSON", async () => {
    const answer = await desk.call("POST", "/v1/tasks", { task: desk.task() }, { contentType: "text/html" });
    expect(answer).toMatchObject(
      refusedBySchema('request body has an error: header Content-Type has unexpected value "text/html"'),
    );
  });

  test("one that is to run at another time, or at none", async () => {
    const none = 'parameter "run" in query has an error: empty value is not allowed';
    expect(await desk.call("POST", "/v1/tasks?run=", { task: desk.task() })).toMatchObject(refusedBySchema(none));
    const message = 'parameter "run" in query has an error: value is not one of the allowed values ["now","inspect"]';
    expect(await desk.call("POST", "/v1/tasks?run=later", { task: desk.task() })).toMatchObject(
      refusedBySchema(message),
    );
  });

  test("one whose module is not there", async () => {
    const task = { ...desk.task(), module: `${desk.ground.dir}/nowhere` };
    const message = expect.stringMatching(`^error tf-init for '${task.name}': exit status 1\n\nError: `) as string;
    expect(await desk.call("POST", "/v1/tasks", { task })).toMatchObject(refused(500, message));
    expect(await desk.call("GET", `/v1/tasks/${task.name}`)).toMatchObject({ status: 404 });
  });

  test("one that gives its module what that does not know", async () => {
    const task = desk.task({ variables: { unknown: '"x"' } });
    const message = `
error: Unsupported argument

on main.tf line 25, in module "${task.name}"
25:  unknown = var.unknown

An argument named "unknown" is not expected here.
`;
    const answer = await desk.call("POST", "/v1/tasks", { task });
    expect(answer).toMatchObject(refused(500, message));
  });

  test("one of a name that is taken", async () => {
    const task = desk.task();
    expect(await desk.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    const again = await desk.call("POST", "/v1/tasks", { task });
    expect(again).toMatchObject(refused(400, `task with name ${task.name} already exists`));
  });
});
