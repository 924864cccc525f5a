import type { Request, Response } from "express";
import { parameter, readJson, taskNameIn, whileAwaited } from "./call.ts";
import type { RunOption } from "./driver.ts";
import { messageOf } from "./events.ts";
import { Refusal, reply, requestId } from "./refusal.ts";
import { firstFault, taskRequest } from "./request-schema.ts";
import { completed, type RequestedTask, TaskRefused } from "./task.ts";
import type { Tasks } from "./tasks.ts";
import { Turns } from "./turns.ts";

const ONLY_ENABLED =
  "/v1/tasks/:task_name currently only supports the 'enabled' field. Missing 'enabled' from the request body";

/** The calls about tasks. Creating and deleting take turns, and whoever asks for a task waits for them; patching does not. */
export class TaskCalls {
  readonly #tasks: Tasks;
  readonly #lifecycle = new Turns();

  constructor(tasks: Tasks) {
    this.#tasks = tasks;
  }

  async list(response: Response): Promise<void> {
    await this.#lifecycle.idle();
    reply(response, 200, { request_id: requestId(response), tasks: this.#tasks.all().map(({ task }) => task) });
  }

  async show(name: string, response: Response): Promise<void> {
    await this.#lifecycle.idle();
    this.#mustExist(name);
    reply(response, 200, { request_id: requestId(response), task: this.#tasks.get(name).task });
  }

  async create(request: Request, response: Response): Promise<void> {
    const run = runParameter(request);
    const asked = readTask(request);
    const signal = whileAwaited(response);
    await this.#lifecycle.take(async () => {
      if (this.#tasks.has(asked.name)) throw new Refusal(400, `task with name ${asked.name} already exists`, "newer");
      const id = { request_id: requestId(response) };
      try {
        const task = completed(asked);
        if (run !== "inspect")
          return reply(response, 201, { ...id, task: await this.#tasks.create(task, run, signal) });
        const { changesPresent: changes_present, plan } = await this.#tasks.tryOut(task, signal);
        reply(response, 200, { ...id, run: { changes_present, plan }, task: { ...asked, condition: task.condition } });
      } catch (error) {
        const early = error instanceof TaskRefused && error.early;
        throw new Refusal(early || run === "inspect" ? 400 : 500, messageOf(error), "newer");
      }
    });
  }

  async delete(name: string, response: Response): Promise<void> {
    await this.#lifecycle.take(async () => {
      this.#mustExist(name);
      this.#tasks.delete(name);
      reply(response, 202, { request_id: requestId(response) });
    });
  }

  /** `PATCH`; any other method that came this far is not supported. */
  async patch(request: Request, response: Response): Promise<void> {
    if (request.method !== "PATCH") {
      const message = `'${request.method}' in an unsupported method. The task API currently supports the method(s): 'PATCH'`;
      throw new Refusal(405, message, "older");
    }
    const name = taskNameIn(request);
    if (name === "")
      refuse(
        "no task name was included in the api request. Updating a task requires the task name: '/v1/tasks/:task_name'",
      );
    const run = runOption(request);
    const enabled = readEnabled(request);
    this.#mustExist(name);
    const { changesPresent: changes_present, plan } = await this.#tasks.update(
      name,
      enabled,
      run,
      whileAwaited(response),
    );
    reply(response, 200, run === "inspect" ? { inspect: { changes_present, plan } } : {});
  }

  #mustExist(name: string): void {
    if (!this.#tasks.has(name)) throw new Refusal(404, this.#tasks.absent(name), "newer");
  }
}

function readTask(request: Request): RequestedTask {
  const refuseBody = (fault: string): never => {
    throw new Refusal(400, `request body has an error: ${fault}`, "schema");
  };
  const body = String(request.body ?? "");
  const type = request.headers["content-type"] ?? "";
  if (body === "") refuseBody("value is required but missing");
  if (!/^application\/json\b/.test(type))
    refuseBody(`header Content-Type has unexpected value ${JSON.stringify(type)}`);
  const read = readJson(body);
  if ("fault" in read) return refuseBody(`failed to decode request body: ${read.fault}`);
  const fault = firstFault(read.value, taskRequest);
  if (fault !== null) refuseBody(`doesn't match schema #/components/schemas/TaskRequest: ${fault}`);
  // Where null is let through, it is as good as nothing.
  return (JSON.parse(body, (_name, value: unknown) => value ?? undefined) as { task: RequestedTask }).task;
}

function runParameter(request: Request): "now" | "inspect" | null {
  const [value] = parameter(request, "run") ?? [];
  if (value === undefined) return null;
  if (value === "now" || value === "inspect") return value;
  const fault =
    value === "" ? "empty value is not allowed" : 'value is not one of the allowed values ["now","inspect"]';
  throw new Refusal(400, `parameter "run" in query has an error: ${fault}`, "schema");
}

function runOption(request: Request): RunOption {
  const values = parameter(request, "run");
  if (values === null) return null;
  if (values.length > 1)
    refuse(`cannot support more than one run query parameter, got run values: [${values.join(" ")}]`);
  const value = values[0]?.toLowerCase() ?? "";
  if (value === "now" || value === "inspect") return value;
  return refuse(`unsupported run parameter value. only supporting run values now and inspect but got ${value}`);
}

function readEnabled(request: Request): boolean {
  const read = readJson(String(request.body ?? ""));
  if ("fault" in read) return refuse(read.fault);
  const { value } = read;
  if (typeof value !== "object" || Array.isArray(value)) {
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    refuse(`json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`);
  }
  const fields = Object.entries(value ?? {});
  const unknown = fields.map(([name]) => name).filter((name) => name.toLowerCase() !== "enabled");
  if (unknown.length > 0) refuse(`request body's JSON contains unsupported keys: ${unknown.toSorted().join(", ")}`);
  return truth(fields[0]?.[1] ?? refuse(ONLY_ENABLED));
}

/** Go's reading of what may stand for a truth. */
function truth(value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  const text = String(value);
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False|)$/.test(text)) return false;
  const fault = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`;
  return refuse(`1 error(s) decoding:\n\n* cannot parse 'enabled' as bool: ${fault}`);
}

function refuse(message: string): never {
  throw new Refusal(400, message, "older");
}
