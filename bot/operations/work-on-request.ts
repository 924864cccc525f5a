import { lapsed } from "../domain/approval.ts";
import { about } from "../domain/request.ts";
import { type IntentionLimits, intentionLimits } from "../domain/enforcement.ts";
import { type RenewalLimits, renewalLimits } from "../domain/rollout.ts";
import { type RevocationLimits, revocationLimits } from "../domain/revocation/revoking.ts";
import { type FirewallLimits, firewallLimits } from "../domain/firewall/course.ts";
import { type EnrolmentNeeds, runEnrolment } from "./passkeys/run-enrolment.ts";
import { type FirewallNeeds, runFirewall } from "./firewall/run-firewall.ts";
import { type JobNeeds, jobInHand } from "./job-in-hand.ts";
import { type IntentionNeeds, runIntention } from "./run-intention.ts";
import type { Work } from "./run-jobs.ts";
import { type RenewalNeeds, runRenewal } from "./run-renewal.ts";
import { type RevocationNeeds, runRevocation } from "./revocation/run-revocation.ts";

/** How long each kind may take. */
export interface WorkLimits {
  renewal: RenewalLimits;
  intention: IntentionLimits;
  firewall: FirewallLimits;
  revocation: RevocationLimits;
}

const usual: WorkLimits = {
  renewal: renewalLimits,
  intention: intentionLimits,
  firewall: firewallLimits,
  revocation: revocationLimits,
};

/** The work on an approved request, by its kind. */
export function workOnRequest(
  needs: JobNeeds & RenewalNeeds & IntentionNeeds & FirewallNeeds & RevocationNeeds & EnrolmentNeeds,
  limits: WorkLimits = usual,
): Work {
  return async (job, request, signal) => {
    const now = needs.clock();
    const late = job.step === "queued" ? lapsed(request, now) : null;
    if (late !== null) {
      const receipt = about(request).nothingWritten(late);
      await jobInHand(needs, job, request).finish({ state: "void", receipt }, now, {});
      return null;
    }
    switch (request.kind) {
      case "renewal":
        await runRenewal(needs, jobInHand(needs, job, request), request, limits.renewal, signal);
        return null;
      case "intention":
        await runIntention(needs, jobInHand(needs, job, request), request, limits.intention, signal);
        return null;
      case "firewall":
        return runFirewall(needs, jobInHand(needs, job, request), request, limits.firewall, signal);
      case "revocation":
        return runRevocation(needs, jobInHand(needs, job, request), request, limits.revocation, signal);
      case "enrolment":
        await runEnrolment(needs, jobInHand(needs, job, request), request);
        return null;
    }
  };
}
