import { hashOf } from "./canonical.ts";
import type { ApprovalPolicy } from "./approval-policy.ts";
import { refuse, type Refusal } from "./refusal.ts";

/** What certops.yaml says of passkeys. */
export interface PasskeyPolicy {
  /** Who approves that somebody enrols one; that always takes a passkey as well. */
  approval: ApprovalPolicy;
  /** Where the bot's page is, for example `https://certops.example.com`; null: nowhere, so none can be asked for. */
  origin: string | null;
}

/** A person's public key. */
export interface Passkey {
  /** The credential's, base64url. */
  id: string;
  /** A Slack user. */
  user: string;
  /** COSE, base64url. */
  publicKey: string;
  /** How often it has signed, as it says itself; many say always 0. */
  counter: number;
  /** How a browser reaches it, such as `usb`. */
  transports: string[];
  /** The host it was made for: no browser offers it to another. */
  rpId: string;
  enrolledAt: number;
  /** The request that was approved, or the operator who gave the first link. */
  enrolledBy: string;
  usedAt: number | null;
  withdrawnAt: number | null;
  withdrawnBy: string | null;
}

/** One that has not signed yet. */
export const newPasskey = (made: Omit<Passkey, "usedAt" | "withdrawnAt" | "withdrawnBy">): Passkey => ({
  ...made,
  usedAt: null,
  withdrawnAt: null,
  withdrawnBy: null,
});

/** What is told in the channel of a passkey without a request. `cloned`: two have signed with it, so it is withdrawn. */
export interface PasskeyNotice {
  type: "passkey";
  news: "first" | "withdrawn" | "cloned";
  user: string;
  code: string;
  /** Who did it. */
  by: string;
}

const letters = "abcdefghjkmnpqrstuvwxyz23456789";

/** A passkey by eight letters that are easily read out: `7kq4-m2xd`. Taken from its key, so that nobody can choose it. */
export function passkeyCode({ publicKey }: Pick<Passkey, "publicKey">): string {
  const bytes = Buffer.from(hashOf(publicKey), "hex").subarray(0, 8);
  const all = Array.from(bytes, (byte) => letters[byte % letters.length]).join("");
  return `${all.slice(0, 4)}-${all.slice(4)}`;
}

/** Not withdrawn, and of the address that certops has now. */
export function inUse(passkeys: Passkey[], origin: string): Passkey[] {
  const rpId = rpIdOf(origin);
  return passkeys.filter((one) => one.withdrawnAt === null && one.rpId === rpId);
}

export const rpIdOf = (origin: string): string => new URL(origin).hostname;

/** Whether somebody else has signed with it since, by how often it says it has. */
export const isCloned = ({ counter }: Pick<Passkey, "counter">, now: number): boolean =>
  (now > 0 || counter > 0) && now <= counter;

/** Who approves an enrolment. A stolen Slack account must not be enough to enrol one's own, and nobody lets in alone. */
export const enrolmentApproval = ({ approval }: PasskeyPolicy): ApprovalPolicy => ({
  ...approval,
  requesterCounts: false,
  breakGlass: null,
  stepUp: "passkey",
});

export function noPage(what: string): Refusal {
  return refuse(
    "no-passkey-page",
    `certops has no page of its own where it could ask for a passkey, so ${what}.`,
    "Whoever keeps certops.yaml sets http.publicUrl and passkeys there.",
  );
}
