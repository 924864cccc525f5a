import { readDuration, tellDuration } from "./duration.ts";
import { identifier } from "./hcl-text.ts";

interface Place {
  datacenter: string;
  namespace: string;
}
export interface KvSource extends Place {
  path: string;
  recurse: boolean;
}
export interface ServicesSource extends Place {
  names: string[];
  filter: string;
  cts_user_defined_meta: Record<string, string>;
}
export interface Condition {
  consul_kv?: KvSource & { use_as_module_input: boolean };
  services?: ServicesSource & { use_as_module_input: boolean };
}
export interface ModuleInput {
  consul_kv?: KvSource;
  services?: ServicesSource;
}
export interface BufferPeriod {
  enabled?: boolean;
  /** Go durations. */
  min: string;
  max: string;
}

/** A task as the API tells it, every default in its place. */
export interface Task {
  name: string;
  module: string;
  description: string;
  enabled: boolean;
  providers: string[];
  /** HCL expressions, not texts. */
  variables: Record<string, string>;
  version: string;
  condition: Condition;
  module_input: ModuleInput;
  buffer_period?: BufferPeriod;
}

/** A task as it is asked for, once its form was checked. */
export interface RequestedTask extends Partial<Omit<Task, "condition" | "module_input" | "buffer_period">> {
  name: string;
  module: string;
  condition: { [Kind in keyof Condition]?: Partial<Condition[Kind]> & { regexp?: string } } & {
    catalog_services?: object;
    schedule?: object;
  };
  module_input?: { [Kind in keyof ModuleInput]?: Partial<ModuleInput[Kind]> & { regexp?: string } };
  buffer_period?: Partial<BufferPeriod>;
  terraform_version?: string;
  terraform_cloud_workspace?: object;
}

/** A task that CTS refuses, in its words. */
export class TaskRefused extends Error {
  /** Before it tries anything: it then answers 400 where else it answers 500. */
  readonly early: boolean;

  constructor(message: string, early = false) {
    super(message);
    this.early = early;
  }
}

/** The defaults filled in. Throws TaskRefused for what CTS refuses, and for what only the real one can do. */
export function completed(asked: RequestedTask): Task {
  const { name, module, version = "", providers = [], condition, module_input: input = {} } = asked;
  const buffer = asked.buffer_period && completedBuffer(asked.buffer_period);
  if (name === "") refuse("unique name for the task is required");
  if (!identifier.test(name)) {
    refuse(
      `a task name must start with a letter or underscore and may contain only letters, digits, underscores, and dashes: ${JSON.stringify(name)}`,
    );
  }
  if (module === "") refuse("module for the task is required");
  if (asked.terraform_version)
    refuseEnterprise(
      name,
      "terraform_version",
      ", or configure the Terraform client version within the Terraform driver block",
    );
  if (asked.terraform_cloud_workspace) refuseEnterprise(name, "terraform_cloud_workspace", "");
  if (providers.length > 0) refuseHere("providers");
  const task: Task = {
    name,
    module,
    description: asked.description ?? "",
    enabled: asked.enabled ?? true,
    providers,
    variables: asked.variables ?? {},
    version,
    condition: completedCondition(condition),
    module_input: {
      ...(input.services ? { services: completedServices(input.services, "module_input") } : {}),
      ...(input.consul_kv ? { consul_kv: completedKv(input.consul_kv) } : {}),
    },
    ...(buffer ? { buffer_period: buffer } : {}),
  };
  for (const kind of ["consul_kv", "services"] as const) {
    if (!(kind in condition && kind in input)) continue;
    refuse(
      `task's condition block and module_input block both monitor "${kind}" variable type. condition and module_input variable type must be unique`,
    );
  }
  return task;
}

/** As it was asked for, in durations as Go tells them. */
function completedBuffer({ enabled, min = "0s", max = "0s" }: Partial<BufferPeriod>): BufferPeriod {
  const tell = (text: string) =>
    tellDuration(
      readDuration(text) ??
        refuse(`error with task configuration: time: invalid duration ${JSON.stringify(text)}`, true),
    );
  return { ...(enabled === undefined ? {} : { enabled }), max: tell(max), min: tell(min) };
}

function completedCondition({ consul_kv, services, ...others }: RequestedTask["condition"]): Condition {
  const [other] = Object.keys(others);
  if (other !== undefined) refuseHere(`condition ${other}`);
  const use_as_module_input = (consul_kv ?? services)?.use_as_module_input ?? true;
  if (services) return { services: { ...completedServices(services, "condition"), use_as_module_input } };
  if (consul_kv) return { consul_kv: { ...completedKv(consul_kv), use_as_module_input } };
  return refuse("task should be configured with a condition block");
}

function completedKv({ path = "", recurse = false, datacenter = "", namespace = "" }: Partial<KvSource>): KvSource {
  if (path === "") refuse("path is required for consul-kv condition");
  return { path, recurse, datacenter, namespace };
}

function completedServices(
  asked: Partial<ServicesSource> & { regexp?: string },
  block: "condition" | "module_input",
): ServicesSource {
  const { names = [], datacenter = "", namespace = "", filter = "", cts_user_defined_meta = {} } = asked;
  const wrong = (what: string) =>
    refuse(block === "condition" ? `error validating \`condition "services"\` block: ${what}` : what);
  if (names.length === 0 && asked.regexp !== undefined) refuseHere("services by regexp");
  if (names.length === 0) wrong("either the regexp or names field must be configured");
  if (names.includes("")) wrong("names field includes empty string(s). services names cannot be empty");
  return { names, datacenter, namespace, filter, cts_user_defined_meta };
}

function refuseEnterprise(name: string, option: string, more: string): never {
  return refuse(
    `unsupported configuration '${option}' for task ${JSON.stringify(name)}. This option is available for Consul-Terraform-Sync Enterprise when using the Terraform Cloud driver${more}`,
  );
}

function refuseHere(what: string): never {
  return refuse(`this is certops' stand-in for Consul-Terraform-Sync, which has no ${what}; run the real one for it`);
}

function refuse(message: string, early = false): never {
  throw new TaskRefused(message, early);
}
