import type { Seed } from "./objects.ts";
import type { Service } from "./services.ts";

/** One field per instance, so that a rollout can move one instance before the rest. */
export function generationSeeds(services: Service[]): Seed[] {
  return services.map(({ name, instances }) => ({
    kind: "seed",
    mount: "kv",
    path: `certops/${name}`,
    fields: Object.fromEntries(instances.map((instance) => [instance, "g0"])),
  }));
}
