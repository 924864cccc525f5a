import type { Endpoint } from "../domain/endpoint.ts";
import type { Evidence } from "../domain/not-served.ts";
import { receiptFor } from "../domain/receipt.ts";
import type { RenewalRequest, RequestState } from "../domain/renewal.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { Clock, IssuedList, Swaps } from "./ports.ts";
import type { Proving } from "./prove-rollout.ts";
import { issuedSince, unservedEvidence } from "./renewal-evidence.ts";
import type { RenewalJob } from "./renewal-job.ts";

/** Stops the counting, looks once more at what Vault issued, and ends the request with its receipt. */
export async function concludeRenewal(
  needs: { issued: IssuedList; swaps: Swaps; clock: Clock },
  renewal: { job: RenewalJob; request: RenewalRequest; rollout: Rollout; endpoints: Endpoint[]; proving: Proving },
  { state, problem }: { state: RequestState; problem: string | null },
): Promise<void> {
  const { job, request, rollout, endpoints, proving } = renewal;
  await proving[Symbol.asyncDispose]();
  const evidence: Map<string, Evidence> =
    state === "deployed" ? new Map() : await unservedEvidence(needs.swaps, request, endpoints, proving);
  const issued = await issuedSince(needs.issued, request.plan, rollout.issuedBefore);
  const receipt = receiptFor({ request, rollout, proof: proving.proof(), issued, evidence, problem });
  await job.finish(state, receipt, needs.clock());
}
