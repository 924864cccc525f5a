import { type Deployment, keeperOf, placeOf } from "../domain/deployment.ts";
import type { Clock, Generations } from "./ports.ts";
import { writeUntil, type Written } from "./write-until.ts";

const hopeless = ["vault-refused", "vault-secret-unreadable", "nomad-refused", "nomad-odd"];

/**
 * Writes the generation for these instances and leaves the others as they stand. What a process that was cut off wrote
 * already is not written twice. null: the signal came first.
 */
export function writeGeneration(
  { generations, clock }: { generations: Generations; clock: Clock },
  what: { generation: string; instances: string[]; deployment: Deployment; moved: string[]; deadline: number },
  signal: AbortSignal,
): Promise<Written | null> {
  const { generation, instances, deployment, moved, deadline } = what;
  const attempt = async () => {
    const held = await generations.read(deployment);
    if (instances.every((instance) => held.instances[instance] === generation)) return "written";
    if (moved.length > 0) return { moved };
    const next = { ...held.instances, ...Object.fromEntries(instances.map((instance) => [instance, generation])) };
    if (await generations.write(deployment, next, held.version)) return "written";
    return { lost: `Others write ${placeOf(deployment)} in ${keeperOf(deployment)} at the same time.` };
  };
  return writeUntil({ deadline, hopeless, clock }, attempt, signal);
}
