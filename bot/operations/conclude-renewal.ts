import type { Evidence } from "../domain/not-served.ts";
import { receiptFor } from "../domain/receipt.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Rollout } from "../domain/rollout.ts";
import type { Clock, IssuedList } from "./ports.ts";
import type { Proving } from "./prove-rollout.ts";
import { type EvidenceNeeds, issuedSince, unservedEvidence } from "./renewal-evidence.ts";
import type { RenewalJob } from "./renewal-job.ts";

/** Stops the counting, looks once more at what Vault issued, and ends the request with its receipt. */
export async function concludeRenewal(
  needs: EvidenceNeeds & { issued: IssuedList; clock: Clock },
  renewal: { job: RenewalJob; request: RenewalRequest; rollout: Rollout; proving: Proving },
  { state, problem }: { state: RenewalRequest["state"]; problem: string | null },
): Promise<void> {
  const { job, request, rollout, proving } = renewal;
  await proving[Symbol.asyncDispose]();
  const evidence: Map<string, Evidence> =
    state === "deployed" ? new Map() : await unservedEvidence(needs, request, proving);
  const issued = await issuedSince(needs.issued, request.plan, rollout.issuedBefore);
  const receipt = receiptFor({ request, rollout, proof: proving.proof(), issued, evidence, problem });
  const serials = Object.fromEntries(receipt.instances.map(({ instance, newSerial }) => [instance, newSerial]));
  await job.finish({ state, receipt }, needs.clock(), { serials, handshakes: receipt.handshakes });
}
