import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { Failure } from "../../errors.ts";
import type { SyncTask } from "../../operations/firewall/ports.ts";
import { pause } from "../../operations/waiting.ts";
import type { CtsAsked, CtsClient, CtsReply } from "./client.ts";
import { hclText } from "./hcl-text.ts";

// https://developer.hashicorp.com/consul/docs/nia/api/tasks, and what its source adds: a task that works answers 500, and one
// that was deleted is there until its work is done.

export interface TaskSettings {
  name: string;
  /** A folder or a registry's address, as CTS finds it. */
  module: string;
  /** Of the module, as text. */
  variables: Record<string, string>;
}

export interface TaskDeadlines {
  /** For what is answered at once. */
  answerMs: number;
  /** For what Terraform does first. CTS itself may wait a minute for nothing when a task is posted anew. */
  workMs: number;
  /** As long as a task that works is asked again. */
  busyMs: number;
}

export const taskDeadlines: TaskDeadlines = { answerMs: 10_000, workMs: 600_000, busyMs: 180_000 };

const busyAgainMs = 250;

const failed = z.object({ error: z.object({ message: z.string() }) });
const inspected = z.object({ inspect: z.object({ changes_present: z.boolean(), plan: z.string() }) });
const told = z.object({
  task: z.object({
    name: z.string(),
    module: z.string(),
    enabled: z.boolean(),
    variables: z.record(z.string(), z.string()).nullish(),
    condition: z.object({ consul_kv: z.object({ path: z.string(), recurse: z.boolean() }).nullish() }),
    module_input: z.object({ services: z.object({ names: z.array(z.string()).nullish() }).nullish() }).nullish(),
  }),
});
const status = z.record(
  z.string(),
  z.object({
    enabled: z.boolean(),
    events: z.array(z.object({ error: z.object({ message: z.string() }).nullable() })).optional(),
  }),
);

/** The one task that applies the rules. */
export function syncTask(cts: CtsClient, settings: TaskSettings, deadlines: TaskDeadlines = taskDeadlines): SyncTask {
  const { name } = settings;
  const { answerMs, workMs, busyMs } = deadlines;
  const path = `/v1/tasks/${encodeURIComponent(name)}`;

  /** Asks again while the task works. */
  const patiently = async (asked: CtsAsked, busy: RegExp): Promise<CtsReply> => {
    const deadline = performance.now() + busyMs;
    for (;;) {
      const reply = await cts.ask(asked);
      if (reply.status < 400 || !busy.test(messageOf(reply)) || performance.now() >= deadline) return reply;
      asked.signal?.throwIfAborted();
      await pause(busyAgainMs, asked.signal ?? new AbortController().signal);
    }
  };

  const patch = async (
    query: string,
    enabled: boolean,
    { deadlineMs, signal }: Pick<CtsAsked, "deadlineMs" | "signal">,
  ) => {
    const asked = {
      method: "PATCH",
      path: `${path}${query}`,
      body: { enabled },
      deadlineMs,
      ...(signal && { signal }),
    } as const;
    const reply = await patiently(asked, /is active and cannot be updated/);
    if (reply.status >= 400) throw refused(name, reply);
    return reply;
  };

  const find = async (signal: AbortSignal) => {
    const reply = await cts.ask({ method: "GET", path, deadlineMs: workMs, signal });
    if (reply.status === 404) return null;
    if (reply.status >= 400) throw refused(name, reply);
    return understood(told, reply).task;
  };

  const post = async (services: string[], signal: AbortSignal): Promise<void> => {
    const task = {
      name,
      description: "certops: what was approved, and nothing else",
      module: settings.module,
      enabled: false,
      condition: { consul_kv: { path: "firewall/", recurse: true, use_as_module_input: true } },
      ...(services.length > 0 && { module_input: { services: { names: services } } }),
      variables: variablesOf(settings),
    };
    const asked = { method: "POST", path: "/v1/tasks", body: { task }, deadlineMs: workMs, signal } as const;
    const reply = await patiently(asked, /already exists|is active/);
    if (reply.status >= 400) throw refused(name, reply);
  };

  return {
    async prepare(services, signal) {
      const held = await find(signal);
      if (held === null) return post(services.toSorted(), signal);
      const names = held.module_input?.services?.names ?? [];
      const same =
        held.module === settings.module &&
        isDeepStrictEqual(held.variables ?? {}, variablesOf(settings)) &&
        held.condition.consul_kv?.path === "firewall/" &&
        held.condition.consul_kv.recurse &&
        // One more than are needed does no harm; to post a task anew takes long.
        services.every((service) => names.includes(service));
      if (held.enabled) await patch("", false, { deadlineMs: workMs, signal });
      if (same) return;
      const gone = await patiently({ method: "DELETE", path, deadlineMs: workMs, signal }, /is active/);
      if (gone.status >= 400 && gone.status !== 404) throw refused(name, gone);
      await post([...new Set([...names, ...services])].toSorted(), signal);
    },

    async inspect(signal) {
      const reply = await patch("?run=inspect", true, { deadlineMs: workMs, signal });
      const { changes_present: changes, plan } = understood(inspected, reply).inspect;
      return { changes, plan };
    },

    async run(signal) {
      await patch("?run=now", true, { deadlineMs: workMs, signal });
    },

    async disable(signal) {
      await patch("", false, { deadlineMs: workMs, signal });
    },

    async state() {
      const asked = `/v1/status/tasks/${encodeURIComponent(name)}?include=events`;
      const reply = await cts.ask({ method: "GET", path: asked, deadlineMs: answerMs });
      if (reply.status === 404) return null;
      if (reply.status >= 400) throw refused(name, reply);
      const held = understood(status, reply)[name];
      return held === undefined ? null : { enabled: held.enabled, error: held.events?.[0]?.error?.message ?? null };
    },
  };
}

/** CTS takes the values as HCL. */
function variablesOf({ variables }: Pick<TaskSettings, "variables">): Record<string, string> {
  const odd = Object.keys(variables).find((name) => !/^[A-Za-z_][A-Za-z0-9_-]*$/.test(name));
  if (odd !== undefined) {
    throw new Failure(
      "cts-variable",
      `${JSON.stringify(odd)} is no name of a variable.`,
      "Correct firewall.cts.variables in certops.yaml.",
    );
  }
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, hclText(value)]));
}

const messageOf = ({ body }: CtsReply) => failed.safeParse(body).data?.error.message ?? "";

function refused(name: string, reply: CtsReply): Failure {
  const message = messageOf(reply);
  if (reply.status === 404) {
    return new Failure("cts-task-gone", `CTS does not know the task ${name}.`, "It is posted again by itself.");
  }
  if (/is active and cannot be updated|already exists/.test(message)) {
    return new Failure("cts-busy", `The task ${name} of CTS works and does not end: ${message}.`, "Look at CTS's log.");
  }
  const said = message.trim() || `status ${reply.status}`;
  return new Failure("cts-refused", `CTS did not do it: ${said}`, "Look at CTS's log.");
}

function understood<T>(shape: z.ZodType<T>, { body }: CtsReply): T {
  const { success, data, error } = shape.safeParse(body);
  if (success) return data;
  throw new Failure(
    "cts-odd",
    "What answers in CTS's place is not understood.",
    "Check firewall.cts.address in certops.yaml, and that it is CTS 0.9.",
    { cause: error },
  );
}
