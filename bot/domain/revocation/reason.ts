import { nearest } from "../nearest.ts";
import { refuse, type Refusal } from "../refusal.ts";

// https://www.rfc-editor.org/rfc/rfc5280#section-5.3.1, as words.

/** Why a leaf is revoked. */
export type RevocationReason = keyof typeof reasons;

export const reasons = {
  "key-compromise": { code: 1, means: "its key is, or may be, in somebody else's hands" },
  "affiliation-changed": { code: 3, means: "what it says of its holder is no longer so" },
  superseded: { code: 4, means: "another one took its place" },
  "cessation-of-operation": { code: 5, means: "what it was issued for is no longer run" },
  "privilege-withdrawn": { code: 9, means: "its holder may no longer have it" },
  unspecified: { code: 0, means: "for a reason that the text gives" },
} as const;

/** Those of RFC 5280 that nobody may give here, and why. */
const notHere: Record<string, { code: number; why: string }> = {
  "ca-compromise": { code: 2, why: "it is of an authority's key; of a leaf's, say key-compromise" },
  "certificate-hold": { code: 6, why: "Vault cannot take a certificate back from hold: what is revoked stays revoked" },
  "remove-from-crl": { code: 8, why: "what is revoked stays revoked" },
  "aa-compromise": { code: 10, why: "it is of attribute certificates, and there are none" },
};

/** "key-compromise", "keyCompromise", "key_compromise" or its number, 1. Refused: missing-argument, unknown-reason. */
export function parseReason(typed: string | undefined): RevocationReason | Refusal {
  if (typed === undefined) return refuse("missing-argument", "Say why it is revoked.", `Reasons: ${all}.`);
  const word = spelt(typed);
  const known = isReason(word) ? word : byCode(Object.entries(reasons), word);
  if (known !== null) return known as RevocationReason;
  const barred = Object.hasOwn(notHere, word) ? word : byCode(Object.entries(notHere), word);
  const why = barred === null ? undefined : notHere[barred]?.why;
  if (why !== undefined) return refuse("unknown-reason", `${barred} is no reason to give here: ${why}.`, among);
  const meant = nearest(word, Object.keys(reasons));
  return refuse(
    "unknown-reason",
    `${typed} is no reason of RFC 5280.`,
    meant === null ? among : `Did you mean ${meant}?`,
  );
}

/** For example `key-compromise (1): its key is, or may be, in somebody else's hands`. */
export function tellReason(reason: RevocationReason): string {
  const { code, means } = reasons[reason];
  return `${reason} (${code}): ${means}`;
}

const all = Object.keys(reasons).join(", ");
const among = `Give one of ${all}.`;

const isReason = (word: string): word is RevocationReason => Object.hasOwn(reasons, word);

const spelt = (typed: string) =>
  typed
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();

const byCode = (named: [string, { code: number }][], typed: string): string | null =>
  named.find(([, { code }]) => String(code) === typed)?.[0] ?? null;
