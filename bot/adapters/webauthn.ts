import {
  type AuthenticationResponseJSON,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import {
  COSEALG,
  decodeAttestationObject,
  decodeClientDataJSON,
  isoBase64URL,
  parseAuthenticatorData,
} from "@simplewebauthn/server/helpers";
import { z } from "zod";
import { type Passkey, rpIdOf } from "../domain/passkey.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import type { Ceremony, Expected } from "../operations/passkeys/ports.ts";

/** How long a browser may ask its person. */
const timeoutMs = 120_000;

/** What every browser and key has; the library would also try what Node has not settled yet. */
const algorithms = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];

const encoded = z.base64url().min(1).max(20_000);
const credential = { id: encoded, rawId: encoded, type: z.literal("public-key"), clientExtensionResults: z.object({}) };

const signed = z.object({
  ...credential,
  response: z.object({ clientDataJSON: encoded, authenticatorData: encoded, signature: encoded }),
});

const transport = z.string().regex(/^[a-z-]{1,20}$/);

const created = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: encoded,
    attestationObject: encoded,
    transports: z.array(transport).max(10).default([]),
  }),
});

/** WebAuthn by @simplewebauthn/server. Throws nothing: whatever a page sends is verified or refused. */
export const webauthn: Ceremony = {
  askToSign: (passkeys, { challenge, origin }) =>
    generateAuthenticationOptions({
      rpID: rpIdOf(origin),
      challenge,
      allowCredentials: passkeys.map(described),
      userVerification: "required",
      timeout: timeoutMs,
    }),

  signer: (response) => z.object({ id: encoded }).safeParse(response).data?.id ?? null,

  async verify(response, { id, publicKey }, expected) {
    const read = signed.safeParse(response);
    if (!read.success) return notUnderstood;
    const { clientDataJSON, authenticatorData } = read.data.response;
    const no = objection(clientDataJSON, expected, () => isoBase64URL.toBuffer(authenticatorData));
    if (no) return no;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: read.data satisfies AuthenticationResponseJSON,
      ...known(expected),
      // The library tells a copy before it looks at the signature: anybody could then have a passkey withdrawn.
      credential: { id, publicKey: isoBase64URL.toBuffer(publicKey), counter: 0 },
    }).catch(() => ({ verified: false, authenticationInfo: null }));
    return verified && authenticationInfo !== null ? { counter: authenticationInfo.newCounter } : notSigned;
  },

  askToMake: ({ user, name, others }, { challenge, origin }) =>
    generateRegistrationOptions({
      rpName: "certops",
      rpID: rpIdOf(origin),
      userName: name,
      userDisplayName: name,
      userID: new TextEncoder().encode(user),
      challenge,
      excludeCredentials: others.map(described),
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      attestationType: "none",
      supportedAlgorithmIDs: algorithms,
      timeout: timeoutMs,
    }),

  async made(response, expected) {
    const read = created.safeParse(response);
    if (!read.success) return notUnderstood;
    const { clientDataJSON, attestationObject, transports } = read.data.response;
    const no = objection(clientDataJSON, expected, () =>
      decodeAttestationObject(isoBase64URL.toBuffer(attestationObject)).get("authData"),
    );
    if (no) return no;
    const { registrationInfo } = await verifyRegistrationResponse({
      response: read.data satisfies RegistrationResponseJSON,
      ...known(expected),
      supportedAlgorithmIDs: algorithms,
    }).catch(() => ({ registrationInfo: undefined }));
    if (registrationInfo === undefined) return notSigned;
    const { id, publicKey, counter } = registrationInfo.credential;
    return { id, publicKey: isoBase64URL.fromBuffer(publicKey), counter, transports };
  },
};

const described = ({ id, transports }: Passkey) => ({ id, transports });

const known = ({ challenge, origin }: Expected) => ({
  expectedChallenge: isoBase64URL.fromBuffer(challenge),
  expectedOrigin: origin,
  expectedRPID: rpIdOf(origin),
  requireUserVerification: true,
});

/** What the library would only throw of, in words for a person. It verifies the same again, and the rest. */
function objection(
  clientDataJSON: string,
  { challenge, origin }: Expected,
  authData: () => Uint8Array<ArrayBuffer>,
): Refusal | null {
  try {
    const client = decodeClientDataJSON(clientDataJSON);
    if (client.origin !== origin) {
      return refuse(
        "wrong-origin",
        `A passkey was asked for at ${client.origin}, and certops asks at ${origin} alone.`,
        "If you did not open that page by mistake, somebody imitates certops: tell whoever answers for security.",
      );
    }
    if (client.challenge !== isoBase64URL.fromBuffer(challenge)) {
      return refuse(
        "wrong-challenge",
        "The passkey signed something else than what this link is for.",
        "Open the link as Slack showed it, and confirm there.",
      );
    }
    if (parseAuthenticatorData(authData()).flags.uv) return null;
    return refuse(
      "not-verified",
      "The passkey did not check that it is you.",
      "Use one that asks for a finger, a face or a PIN.",
    );
  } catch {
    return notUnderstood;
  }
}

const notUnderstood = refuse(
  "not-understood",
  "What the browser sent is not a passkey's answer.",
  "Reload the page, and try again.",
);

const notSigned = refuse("not-signed", "The passkey's signature does not hold.", "Try again, or use another passkey.");
