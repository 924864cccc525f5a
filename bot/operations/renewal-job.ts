import type { RenewalRequest } from "../domain/renewal.ts";
import type { Proof, Rollout } from "../domain/rollout.ts";
import type { JobInHand } from "./job-in-hand.ts";

/** A renewal in the hands of who works on it. */
export type RenewalJob = JobInHand<RenewalRequest, Rollout, Proof>;
