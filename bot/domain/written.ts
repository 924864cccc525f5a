import type { RenewalRequest } from "./renewal.ts";
import { waves } from "./rollout.ts";

type Ended = Pick<RenewalRequest, "id" | "plan" | "evidence" | "receipt">;

/**
 * The last renewal that wrote this instance's generation, when the instance still serves what it served before it.
 * Any other generation was written by somebody else since, and is none of that renewal's business.
 * @param renewals of the instance's service, the latest first
 * @returns for a person: the instance, both generations and, as far as its receipt knows, why; null when it does not lag
 */
export function laggingAt(instance: string, serves: string | null, renewals: Ended[]): string | null {
  const last = renewals.find((renewal) => wroteFor(renewal, instance));
  const before = last?.evidence.find((one) => one.instance === instance)?.generation ?? null;
  if (last === undefined || serves === null || serves !== before || serves === last.id) return null;
  const then = last.receipt?.instances.find((one) => one.instance === instance);
  const why = then?.problem ?? (then?.servedAt ? "It served that before." : "Its agent has not rendered it.");
  return `${instance} still serves ${serves}; ${last.id} is written. ${why}`;
}

/** What these renewals found in service: a generation among them that nothing serves any more is left over. */
export function supersededBy(renewals: Pick<RenewalRequest, "evidence">[]): Set<string> {
  return new Set(renewals.flatMap(({ evidence }) => evidence.flatMap(({ generation }) => generation ?? [])));
}

/** By the steps of its receipt: a renewal may end before its second wave is written, or before any is. */
function wroteFor({ plan, receipt }: Ended, instance: string): boolean {
  const all = waves(plan);
  const index = all.findIndex((wave) => wave.includes(instance));
  const name = all.length > 1 && index === 0 ? `${all[0]?.[0]} written` : "written";
  return index !== -1 && (receipt?.steps.some((step) => step.name === name) ?? false);
}
