import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { readDuration } from "./duration.ts";
import type { HclValue } from "./hcl-text.ts";
import { firstFault, taskSchema } from "./request-schema.ts";
import { completed, type RequestedTask, type Task, TaskRefused } from "./task.ts";

const MEND = "Write it as for Consul-Terraform-Sync 0.9, in JSON; lab/cts-stand-in/README.md lists what is understood.";

const text = z.string().default("");
const period = z.string().transform((written, context) => {
  const ms = readDuration(written);
  if (ms === null) context.addIssue({ code: "custom", message: `"${written}" is no duration` });
  return ms ?? 0;
});
const literal: z.ZodType<HclValue> = z.union([z.string(), z.number(), z.boolean()]);

const plain = { enabled: false, verify: true, ca_cert: "", cert: "", key: "", server_name: "" };

const consul = z.strictObject({
  address: z.string().default("localhost:8500"),
  token: text,
  tls: z
    .strictObject({
      enabled: z.boolean().default(true),
      verify: z.boolean().default(true),
      ca_cert: text,
      cert: text,
      key: text,
      server_name: text,
    })
    .default(plain),
  service_registration: z.strictObject({
    enabled: z.literal(false, "this stand-in does not register itself in Consul: set it to false"),
  }),
});

const tls = z
  .strictObject({
    enabled: z.boolean().default(true),
    cert: text,
    key: text,
    verify_incoming: z.boolean().default(false),
    ca_cert: text,
  })
  .refine(
    ({ enabled, cert, key }) => !enabled || (cert !== "" && key !== ""),
    "key and cert are required if TLS is enabled on the CTS API",
  )
  .refine(
    ({ verify_incoming: verify, ca_cert: ca }) => !verify || ca !== "",
    "either ca_cert or ca_path is required if verify_incoming is enabled on the CTS API",
  );

const file = z.strictObject({
  log_level: z.string().optional(),
  port: z.number().int().min(0).max(65_535).default(8558),
  working_dir: z.string().default("sync-tasks"),
  consul,
  driver: z.strictObject({
    terraform: z.strictObject({
      path: z.string(),
      log: z.literal(false).optional(),
      backend: z
        .record(z.string(), z.record(z.string(), literal))
        .refine((kinds) => Object.keys(kinds).length === 1, "name one backend"),
    }),
  }),
  buffer_period: z
    .strictObject({ enabled: z.boolean().default(true), min: period.default(5_000), max: period.default(20_000) })
    .default({ enabled: true, min: 5_000, max: 20_000 }),
  tls: tls.optional(),
  task: z.array(z.record(z.string(), z.unknown())).default([]),
});

export type ConsulSettings = z.infer<typeof consul>;

/** What the stand-in takes from the file that CTS itself would be started with. */
export type Settings = Omit<z.infer<typeof file>, "task"> & { tasks: Task[] };

/** Reads it. Throws a Problem for what is wrong in it, and for what only the real CTS can do: nothing is passed over. */
export function readSettings(path: string): Settings {
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new Problem("CTS_CONFIG_UNREADABLE", `${path} cannot be read as JSON.`, MEND, { cause });
  }
  const read = file.safeParse(raw);
  if (!read.success) {
    const faults = read.error.issues.map(({ path: at, message }) => `${at.join(".")}: ${message}`);
    throw new Problem("CTS_CONFIG_INVALID", `'${basename(path)}' is not understood: ${faults.join("; ")}.`, MEND);
  }
  const { task, ...settings } = read.data;
  return { ...settings, tasks: task.map(taskFromFile) };
}

/** In a file conditions are spelt with hyphens, and inputs are a list. */
function taskFromFile({ condition, module_input: inputs, ...others }: Record<string, unknown>): Task {
  const list = Array.isArray(inputs) ? inputs : inputs === undefined ? [] : [inputs];
  const asked = {
    ...others,
    condition: underscored(condition),
    ...(list.length > 0 && { module_input: Object.assign({}, ...list.map(underscored)) as object }),
  };
  const fault = firstFault(asked, taskSchema);
  if (fault !== null) throw new Problem("CTS_CONFIG_INVALID", `A task in the file is not understood: ${fault}.`, MEND);
  try {
    return completed(asked as unknown as RequestedTask);
  } catch (cause) {
    if (!(cause instanceof TaskRefused)) throw cause;
    throw new Problem("CTS_CONFIG_INVALID", `A task in the file is refused: ${cause.message}.`, MEND, { cause });
  }
}

function underscored(block: unknown): unknown {
  if (typeof block !== "object" || block === null) return block;
  return Object.fromEntries(
    Object.entries(block).map(([name, value]) => [name.replace("consul-kv", "consul_kv"), value]),
  );
}
