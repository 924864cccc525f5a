import type { Request, Response } from "express";
import { parameter, taskNameIn } from "./call.ts";
import { statuses, statusOf, type TaskEvent } from "./events.ts";
import { Refusal, reply } from "./refusal.ts";
import type { Task } from "./task.ts";
import type { Tasks } from "./tasks.ts";

interface Held {
  task: Task;
  events: TaskEvent[];
}

/** `/v1/status`, and whatever else begins with it. */
export function overallStatus(tasks: Tasks, request: Request, response: Response): void {
  onlyGet(request, "overallStatus");
  const all = tasks.all();
  const number = (fits: (held: Held) => boolean) => all.filter(fits).length;
  const status = statuses.map((name) => [name, number(({ events }) => statusOf(events) === name)]);
  const enabled = { true: number(({ task }) => task.enabled), false: number(({ task }) => !task.enabled) };
  reply(response, 200, { task_summary: { status: Object.fromEntries(status) as object, enabled } });
}

/** `/v1/status/tasks` and `/v1/status/tasks/:name`. */
export function taskStatuses(tasks: Tasks, request: Request, response: Response): void {
  onlyGet(request, "task status");
  const name = taskNameIn(request);
  const wanted = statusFilter(request);
  const withEvents = includesEvents(request);
  const held = name === "" ? tasks.all() : [found(tasks, name)];
  const fitting = held.filter(
    (one) => wanted === null || statusOf(one.events) === wanted || (name !== "" && one.events.length === 0),
  );
  reply(response, 200, Object.fromEntries(fitting.map((one) => [one.task.name, told(one, withEvents)])) as object);
}

function told({ task, events }: Held, withEvents: boolean): object {
  const ran = events.length > 0;
  return {
    task_name: task.name,
    status: statusOf(events),
    enabled: task.enabled,
    events_url: ran ? `/v1/status/tasks/${task.name}?include=events` : "",
    ...(ran && withEvents && { events }),
    providers: [],
    services: [],
  };
}

function found(tasks: Tasks, name: string): Held {
  if (tasks.has(name)) return tasks.get(name);
  throw new Refusal(404, tasks.absent(name), "older");
}

function onlyGet({ method }: Request, call: string): void {
  if (method === "GET") return;
  const message = `'${method}' in an unsupported method. The ${call} API currently supports the method(s): 'GET'`;
  throw new Refusal(405, message, "older");
}

function statusFilter(request: Request): string | null {
  const values = parameter(request, "status");
  if (values === null) return null;
  const value = values[0]?.toLowerCase() ?? "";
  if (values.length > 1)
    refuse(`cannot support more than one status query parameter, got status values: [${values.join(" ")}]`);
  if ((statuses as readonly string[]).includes(value)) return value;
  return refuse(
    `unsupported status parameter value. only supporting status values successful, errored, critical, and unknown but got ${value}`,
  );
}

function includesEvents(request: Request): boolean {
  const values = parameter(request, "include");
  if (values === null) return false;
  if (values.length > 1)
    refuse(`cannot support more than one include parameter, got include values: [${values.join(" ")}]`);
  if (values[0] === "events") return true;
  return refuse(
    `unsupported ?include parameter value. only supporting 'include=events' but got 'include=${values[0]}'`,
  );
}

function refuse(message: string): never {
  throw new Refusal(400, message, "older");
}
