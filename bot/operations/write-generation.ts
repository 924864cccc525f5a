import { Failure } from "../errors.ts";
import { type Deployment, keeperOf, placeOf } from "../domain/deployment.ts";
import type { Clock, Generations } from "./ports.ts";
import { pause } from "./waiting.ts";

/** `moved`: what of the plan is no longer as approved. `problem`: why it was not taken in time. */
export type Written = { at: number } | { moved: string[] } | { problem: string };

const longestPauseMs = 2_000;
/** Vault or Nomad understood, and will say the same again. */
const hopeless = ["vault-refused", "vault-secret-unreadable", "nomad-refused", "nomad-odd"];

/**
 * Writes the generation for these instances and leaves the others as they stand. What a process that was cut off wrote
 * already is not written twice. A keeper that is unreachable, or somebody else who writes at the same moment, is met
 * with another try until `deadline`. null: the signal came first.
 */
export async function writeGeneration(
  needs: { generations: Generations; clock: Clock },
  what: { generation: string; instances: string[]; deployment: Deployment; moved: string[]; deadline: number },
  signal: AbortSignal,
): Promise<Written | null> {
  const { generation, instances, deployment, moved, deadline } = what;
  let problem = "";
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const held = await needs.generations.read(deployment);
      if (instances.every((instance) => held.instances[instance] === generation)) return { at: needs.clock() };
      if (moved.length > 0) return { moved };
      const next = { ...held.instances, ...Object.fromEntries(instances.map((instance) => [instance, generation])) };
      if (await needs.generations.write(deployment, next, held.version)) return { at: needs.clock() };
      problem = `Others write ${placeOf(deployment)} in ${keeperOf(deployment)} at the same time.`;
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
      if (error instanceof Failure && hopeless.includes(error.code)) return { problem };
    }
    if (needs.clock() >= deadline) return { problem };
    await pause(Math.min(50 * 2 ** tries, longestPauseMs, deadline - needs.clock()), signal);
  }
  return null;
}
