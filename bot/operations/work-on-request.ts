import { type IntentionLimits, intentionLimits } from "../domain/enforcement.ts";
import { type RenewalLimits, renewalLimits } from "../domain/rollout.ts";
import { type JobNeeds, jobInHand } from "./job-in-hand.ts";
import { type IntentionNeeds, runIntention } from "./run-intention.ts";
import type { Work } from "./run-jobs.ts";
import { type RenewalNeeds, runRenewal } from "./run-renewal.ts";

/** How long each kind may take. */
export interface WorkLimits {
  renewal: RenewalLimits;
  intention: IntentionLimits;
}

/** The work on an approved request, by its kind. */
export function workOnRequest(
  needs: JobNeeds & RenewalNeeds & IntentionNeeds,
  limits: WorkLimits = { renewal: renewalLimits, intention: intentionLimits },
): Work {
  return async (job, request, signal) => {
    switch (request.kind) {
      case "renewal":
        return runRenewal(needs, jobInHand(needs, job, request), request, limits.renewal, signal);
      case "intention":
        return runIntention(needs, jobInHand(needs, job, request), request, limits.intention, signal);
    }
  };
}
