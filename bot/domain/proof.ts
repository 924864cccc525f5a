import type { Certificate } from "./certificate.ts";
import type { Observation } from "./endpoint.ts";
import type { Proof } from "./rollout.ts";

/** One more handshake to an instance, counted. `leaf`: what it presented, also where it did not verify. */
export function counted(
  proof: Proof,
  generation: string,
  instance: string,
  { problem, at }: Pick<Observation, "problem" | "at">,
  leaf: Certificate | null,
): Proof {
  const tally: Proof = {
    ...proof,
    tried: proof.tried + 1,
    failed: proof.failed + (problem ? 1 : 0),
    causes: problem ? { ...proof.causes, [problem.code]: (proof.causes[problem.code] ?? 0) + 1 } : proof.causes,
  };
  if (!leaf) return tally;
  const seen = { at, serial: leaf.serial, notAfter: leaf.notAfter };
  if (leaf.generation !== generation) {
    return proof.served[instance] ? tally : { ...tally, before: { ...proof.before, [instance]: seen } };
  }
  if (problem) return tally;
  return {
    ...tally,
    served: proof.served[instance] ? proof.served : { ...proof.served, [instance]: seen },
    latest: { ...proof.latest, [instance]: seen },
  };
}
