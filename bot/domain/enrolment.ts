import type { About, Asked } from "./asked.ts";
import { type Passkey, passkeyCode, rpIdOf, type PasskeyPolicy } from "./passkey.ts";

/** The key itself stands in the plan: an approval is of exactly this one. */
export type EnrolmentPlan = Pick<Passkey, "id" | "user" | "publicKey" | "transports" | "rpId">;

export interface EnrolmentEvidence {
  /** As the authenticator said when it was made. */
  counter: number;
  /** Who asked for the link: the person, or an operator. */
  by: string;
  /** The codes of the passkeys they have already. */
  others: string[];
}

export interface EnrolmentReceipt {
  problem: string | null;
}

export type EnrolmentRequest = Asked<
  "enrolment",
  EnrolmentPlan,
  EnrolmentEvidence,
  EnrolmentReceipt,
  "enrolled" | "failed"
>;

export function aboutEnrolment({ plan }: Pick<EnrolmentRequest, "plan">): About<EnrolmentReceipt> {
  const { user } = plan;
  const code = passkeyCode(plan);
  return {
    subject: enrolmentSubject(user),
    services: [],
    detail: { user, passkey: code },
    asksFor: `passkey ${code} of ${user} to be enrolled`,
    does: `enrols passkey ${code} of ${user}`,
    askAgain: "/cert enrol",
    tells: { "request.enrolled": () => "enrolled: it may confirm approvals from now on" },
    nothingWritten: (problem) => ({ problem }),
  };
}

/** One enrolment of a person is open at a time. */
export const enrolmentSubject = (user: string): string => `a passkey of ${user}`;

/** What is no longer as it was asked for: one phrase, or none. */
export function enrolmentMoves({ rpId }: EnrolmentPlan, policy: PasskeyPolicy | null): string[] {
  if (policy === null) return ["passkeys are no longer in certops.yaml"];
  const now = policy.origin === null ? "nowhere" : rpIdOf(policy.origin);
  return now === rpId ? [] : [`the passkey was made for ${rpId}, and certops is at ${now} now`];
}
