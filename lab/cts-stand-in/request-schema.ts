/** What a part of a request must be, as far as CTS looks before it acts. */
export type Schema = { orNull?: true } & (
  | { type: "string" }
  | { type: "boolean" }
  | { type: "array"; items: Schema }
  | { type: "map"; values: Schema }
  | { type: "object"; properties: Record<string, Schema>; required: string[] }
);

const string: Schema = { type: "string" };
const boolean: Schema = { type: "boolean" };
/** Null then means what it means to leave it out. */
const withDefault: Schema = { type: "boolean", orNull: true };
const names: Schema = { type: "array", items: string };
const texts: Schema = { type: "map", values: string };
const textsOrNull: Schema = { type: "map", values: { type: "string", orNull: true } };

function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return { type: "object", properties, required };
}

const place = { datacenter: string, namespace: string };
const services = { ...place, regexp: string, names, filter: string };
const kv = { ...place, path: string, recurse: withDefault };
const asInput = { use_as_module_input: withDefault };

/** A task. */
export const taskSchema = object(
  {
    name: string,
    module: string,
    description: string,
    enabled: withDefault,
    providers: names,
    variables: texts,
    version: string,
    buffer_period: object({ enabled: boolean, min: string, max: string }),
    condition: object({
      services: object({ ...services, cts_user_defined_meta: textsOrNull, ...asInput }),
      consul_kv: object({ ...kv, ...asInput }, ["path"]),
      catalog_services: object({ ...place, regexp: string, node_meta: texts, ...asInput }, ["regexp"]),
      schedule: object({ cron: string }, ["cron"]),
    }),
    module_input: object({
      services: object({ ...services, cts_user_defined_meta: texts }),
      consul_kv: object(kv, ["path"]),
    }),
    terraform_version: string,
    terraform_cloud_workspace: object({
      execution_mode: string,
      agent_pool_id: string,
      agent_pool_name: string,
      terraform_version: string,
    }),
  },
  ["name", "module", "condition"],
);

/** The body of `POST /v1/tasks`. */
export const taskRequest = object({ task: taskSchema }, ["task"]);

/** The first thing that is wrong, in CTS's words; null when nothing is. */
export function firstFault(value: unknown, schema: Schema, at = ""): string | null {
  if (value === null) return schema.orNull ? null : fault(at, "Value is not nullable");
  switch (schema.type) {
    case "string":
    case "boolean":
      return typeof value === schema.type ? null : fault(at, `value must be a ${schema.type}`);
    case "array":
      if (!Array.isArray(value)) return fault(at, "value must be an array");
      return firstOf(value.entries(), ([index, item]) => firstFault(item, schema.items, `${at}/${index}`));
    case "map":
      if (!isObject(value)) return fault(at, "value must be an object");
      return firstOf(sorted(value), ([name, item]) => firstFault(item, schema.values, `${at}/${name}`));
    case "object":
      if (!isObject(value)) return fault(at, "value must be an object");
      return (
        firstOf(sorted(value), ([name, item]) => {
          const property = schema.properties[name];
          if (property === undefined) return fault(at, `property "${name}" is unsupported`);
          return firstFault(item, property, `${at}/${name}`);
        }) ??
        firstOf(schema.required, (name) =>
          name in value ? null : fault(`${at}/${name}`, `property "${name}" is missing`),
        )
      );
  }
}

function fault(at: string, what: string): string {
  return at === "" ? what : `Error at "${at}": ${what}`;
}

function firstOf<T>(items: Iterable<T>, look: (item: T) => string | null): string | null {
  for (const item of items) {
    const found = look(item);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: Record<string, unknown>): [string, unknown][] {
  return Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
}
