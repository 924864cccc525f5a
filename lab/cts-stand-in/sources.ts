import type { KvSource, ServicesSource, Task } from "./task.ts";

/** Something in Consul that a task looks at. */
export type Source = ({ kind: "kv" } & KvSource & Use) | ({ kind: "services" } & ServicesSource & Use);

interface Use {
  /** The module gets what is found there. */
  rendered: boolean;
  /** A change there makes the task run, and only such a change has its files written anew. */
  triggers: boolean;
}

/** In the order in which they stand in a task's files. */
export function sourcesOf({ condition, module_input: input }: Task): Source[] {
  const asInput = { rendered: true, triggers: false };
  const { consul_kv: kv, services } = condition;
  return [
    ...(services
      ? [{ kind: "services", ...services, rendered: services.use_as_module_input, triggers: true } as const]
      : []),
    ...(kv ? [{ kind: "kv", ...kv, rendered: kv.use_as_module_input, triggers: true } as const] : []),
    ...(input.services ? [{ kind: "services", ...input.services, ...asInput } as const] : []),
    ...(input.consul_kv ? [{ kind: "kv", ...input.consul_kv, ...asInput } as const] : []),
  ];
}
