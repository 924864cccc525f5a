import { aligned, expression, indented } from "./hcl-text.ts";
import { preamble } from "./root-module.ts";
import type { Source } from "./sources.ts";
import type { Task } from "./task.ts";

/** A key and its value, as Consul has them. */
export interface KeyValue {
  path: string;
  value: string;
}

/** A healthy instance of a service, under the names that a module gets. */
export interface ServiceInstance {
  id: string;
  name: string;
  kind: string;
  address: string;
  port: number;
  meta: Record<string, string>;
  tags: string[];
  namespace: string;
  status: string;
  node: string;
  node_id: string;
  node_address: string;
  node_datacenter: string;
  node_tagged_addresses: Record<string, string>;
  node_meta: Record<string, string>;
}

/** What was found at a source. */
export type Found =
  | { source: Source & { kind: "kv" }; keys: KeyValue[] }
  | { source: Source & { kind: "services" }; instances: ServiceInstance[] };

/** `terraform.tfvars` of a task. Keys and values stand in it as they are: a quote or a line end in one is HCL. */
export function tfvars(task: Task, found: Found[]): string {
  let text = preamble(task);
  let hasServices = false;
  for (const part of found) {
    // The template for what only triggers takes the blanks before it away.
    if (!part.source.rendered) text = `${text.trimEnd()}\n`;
    else if ("keys" in part)
      text += `\nconsul_kv = {\n${part.keys.map(({ path, value }) => `  "${path}" = "${value}"\n`).join("")}}\n`;
    else {
      text += `\nservices = {\n${part.instances.map((instance) => serviceEntry(instance, part.source.cts_user_defined_meta)).join("")}}\n`;
      hasServices = true;
    }
  }
  return hasServices ? text : `${text}\nservices = {\n}\n`;
}

function serviceEntry(instance: ServiceInstance, meta: Record<string, string>): string {
  const { id, node, namespace, node_datacenter: datacenter } = instance;
  const name = [id, node, namespace, datacenter].filter((part) => part !== "").join(".");
  const fields = Object.entries({ ...instance, cts_user_defined_meta: meta });
  const attributes = fields.map(([field, value]) => [field, expression(value)] as const);
  return `  "${name}" = {\n${indented(aligned(attributes), 4)}\n  },\n`;
}
