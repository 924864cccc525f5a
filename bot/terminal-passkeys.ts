import { type Passkey, passkeyCode } from "./domain/passkey.ts";
import { utc } from "./domain/utc.ts";
import type { StepUp } from "./operations/passkeys/ask-for-passkey.ts";
import type { EnrolLink } from "./operations/passkeys/enrol-passkey.ts";
import type { Paint } from "./terminal.ts";

/** The link itself: whoever opens it enrols in that person's name. */
export function enrolLinkText({ user, url, expiresAt, first }: EnrolLink, paint: Paint): string {
  return [
    `${paint("bold", user)} enrols a passkey here, once, until ${utc(expiresAt)}:`,
    `  ${url}`,
    first
      ? paint("yellow", "It is the first of all, so it counts at once. Hand the link to that person alone.")
      : "Others then approve it in Slack.",
  ].join("\n");
}

export const stepUpText = ({ request, stepUp: { url, expiresAt } }: StepUp): string =>
  `Nothing is decided yet: ${request.id} waits for your passkey until ${utc(expiresAt)}:\n  ${url}`;

export function passkeysText(passkeys: Passkey[], paint: Paint): string {
  if (passkeys.length === 0) return "Nobody has a passkey. The first: certops enrol <Slack id>";
  return passkeys
    .map((one) => {
      const { user, rpId, enrolledAt, enrolledBy, usedAt, withdrawnAt, withdrawnBy } = one;
      const now =
        withdrawnAt === null
          ? usedAt === null
            ? "not used yet"
            : `used ${utc(usedAt)}`
          : paint("red", `withdrawn ${utc(withdrawnAt)} by ${withdrawnBy ?? "unknown"}`);
      return `${paint("bold", passkeyCode(one))}  ${user}  for ${rpId}  enrolled ${utc(enrolledAt)} by ${enrolledBy}  ${now}`;
    })
    .join("\n");
}
