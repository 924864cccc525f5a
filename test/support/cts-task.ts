import type { Answer, Cts } from "./cts.ts";
import type { CtsGround } from "./cts-world.ts";

export interface TaskAsked {
  name?: string;
  enabled?: boolean;
  variables?: Record<string, string>;
  /** Names of services that its module is given besides the keys. */
  services?: string[];
}

/** A task that watches keys of its own, disabled unless asked otherwise. */
export function taskOn({ module, content, newName }: CtsGround, asked: TaskAsked = {}) {
  const { name = newName(), enabled = false, variables = {}, services } = asked;
  return {
    name,
    module: module.source,
    enabled,
    condition: { consul_kv: { path: `${content.path}${name}/`, recurse: true } },
    variables: { marker: JSON.stringify(module.marker(name)), ...variables },
    ...(services && { module_input: { services: { names: services } } }),
  };
}

export function patchTask(
  cts: Cts,
  name: string,
  run: "" | "?run=inspect" | "?run=now",
  enabled = true,
): Promise<Answer> {
  return cts.call("PATCH", `/v1/tasks/${name}${run}`, { enabled });
}
