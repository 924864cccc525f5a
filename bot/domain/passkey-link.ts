import type { Verdict } from "./approval.ts";
import { hashOf } from "./canonical.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { utc } from "./utc.ts";

/**
 * What a one-time link is good for. `decide`: one verdict of one person on one plan, with the reason they gave. `enrol`: a passkey of that person;
 * `by` is who asked for the link.
 */
export type LinkPurpose =
  | { purpose: "decide"; request: string; planHash: string; verdict: Verdict; reason: string }
  | { purpose: "enrol"; by: string };

/** A link as the store has it: its token stands in the link alone. */
export type PasskeyLink = LinkPurpose & {
  /** Of its token. */
  hash: string;
  /** A Slack user: nobody else's passkey opens it. */
  user: string;
  nonce: string;
  createdAt: number;
  expiresAt: number;
  usedAt: number | null;
};

export type LinkFor<P extends LinkPurpose["purpose"]> = Extract<PasskeyLink, { purpose: P }>;

/** An approval is confirmed while it is fresh in mind. */
export const decideMs = 5 * 60_000;
export const enrolMs = 15 * 60_000;

/** Under which a link's token is kept. */
export const hashOfToken = (token: string): string => hashOf({ token });

/** The page reads the token behind the `#`, which browsers send to nobody. */
export const linkTo = (origin: string, token: string): string => `${origin}/passkey#${token}`;

/** What the passkey signs: 32 bytes over all that the link is bound to. */
export function challengeOf(link: PasskeyLink): Uint8Array<ArrayBuffer> {
  const { user, nonce, purpose } = link;
  const bound =
    link.purpose === "decide"
      ? {
          purpose,
          request: link.request,
          planHash: link.planHash,
          verdict: link.verdict,
          reason: link.reason,
          user,
          nonce,
        }
      : { purpose, user, nonce };
  return Uint8Array.from(Buffer.from(hashOf(bound), "hex"));
}

export const unknownLink: Refusal = refuse(
  "link-unknown",
  "certops does not know this link.",
  "Open it as Slack showed it to you, or click Approve in Slack again for a new one.",
);

const decideAgain: Record<Verdict, string> = {
  approve: "Click Approve in Slack again",
  "break-glass": "Break the glass in Slack again",
  deny: "Deny it in Slack again",
  withdraw: "Withdraw it in Slack again",
};

/** null: it is good now. */
export function linkObjection(link: PasskeyLink, now: number): Refusal | null {
  const again = link.purpose === "enrol" ? "Ask in Slack with /cert enrol" : decideAgain[link.verdict];
  const undone = nothingDone(link);
  if (link.usedAt !== null) {
    return refuse(
      "link-used",
      `This link was used at ${utc(link.usedAt)}, and it works once.`,
      `What came of it stands in Slack. ${again} for a new one, if there is still something to do.`,
    );
  }
  if (now >= link.expiresAt) {
    return refuse(
      "link-expired",
      `This link was good until ${utc(link.expiresAt)}. ${undone}`,
      `${again} for a new one.`,
    );
  }
  return null;
}

export const nothingDone = ({ purpose }: Pick<PasskeyLink, "purpose">): string =>
  purpose === "decide" ? "Nothing was decided." : "Nothing was enrolled.";
