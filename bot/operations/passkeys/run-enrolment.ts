import type { EnrolmentRequest } from "../../domain/enrolment.ts";
import { newPasskey, passkeyCode } from "../../domain/passkey.ts";
import type { JobInHand } from "../job-in-hand.ts";
import type { Clock } from "../ports.ts";
import type { Passkeys } from "./ports.ts";

export interface EnrolmentNeeds {
  /** null or left out where certops.yaml has none. */
  passkeys?: Passkeys | null;
  clock: Clock;
}

/** Has the approved passkey count. Cut off and taken up again it finds what it did. */
export async function runEnrolment(
  { passkeys, clock }: EnrolmentNeeds,
  job: JobInHand<EnrolmentRequest, null, null>,
  request: EnrolmentRequest,
): Promise<void> {
  const problem = passkeys
    ? await enrolled({ kept: passkeys.kept, clock }, request)
    : "passkeys are no longer in certops.yaml.";
  const end = { state: problem === null ? "enrolled" : "failed", receipt: { problem } } as const;
  await job.finish(end, clock(), {});
}

async function enrolled(
  { kept, clock }: Pick<Passkeys, "kept"> & { clock: Clock },
  { id: request, plan, evidence, decidedBy }: EnrolmentRequest,
): Promise<string | null> {
  const at = clock();
  const passkey = newPasskey({ ...plan, counter: evidence.counter, enrolledAt: at, enrolledBy: request });
  const detail = { passkey: passkeyCode(passkey), request, decidedBy };
  const audit = { at, actor: "certops", action: "passkey.enrolled", subject: plan.user, detail };
  if (await kept.add(passkey, { audit, outbox: [] })) return null;
  const before = (await kept.all()).find(({ id }) => id === plan.id);
  return before?.enrolledBy === request ? null : "That passkey was enrolled before.";
}
