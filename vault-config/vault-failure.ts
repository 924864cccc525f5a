import { z } from "zod";
import { Problem } from "./problem.ts";

const refused = z.looseObject({ response: z.looseObject({ statusCode: z.number(), body: z.unknown() }) });
const vaultSays = z.looseObject({ errors: z.array(z.string()).min(1) });
const failed = z.looseObject({ code: z.string() });

/** The HTTP status of an answer that was a refusal; null when no answer came. */
export function statusOf(error: unknown): number | null {
  const answer = refused.safeParse(error);
  return answer.success ? answer.data.response.statusCode : null;
}

/** What a failed call to Vault means to a person. The original error is left behind: it holds the request's token. */
export function explainFailure(error: unknown, address: string, path: string): Problem {
  const status = statusOf(error);
  return status === null ? noAnswer(error, address) : refusal(error, status, address, path);
}

export function denied(address: string, path: string): Problem {
  return new Problem(
    "VAULT_DENIED",
    `Vault at ${address} does not let this token use ${path}.`,
    "The token may be wrong, revoked or expired, or its policies lack this path: `vault token lookup` tells.",
  );
}

export function notVault(address: string): Problem {
  return new Problem("NOT_VAULT", `What answers at ${address} is not Vault.`, "Check the address.");
}

function refusal(error: unknown, status: number, address: string, path: string): Problem {
  const body = refused.parse(error).response.body;
  const told = vaultSays.safeParse(body);
  const reason = (told.success ? told.data.errors.join("; ") : `HTTP status ${status}`).replaceAll(/\s+/g, " ").trim();
  if (status === 403) return denied(address, path);
  if (status === 503 && /seal/i.test(reason)) {
    return new Problem(
      "VAULT_SEALED",
      `Vault at ${address} is sealed.`,
      "Unseal it with `vault operator unseal`, then try again.",
    );
  }
  if (/not initialized/i.test(reason)) {
    return new Problem(
      "VAULT_NOT_INITIALISED",
      `Vault at ${address} is not initialised.`,
      "Run `vault operator init`, unseal it, then try again.",
    );
  }
  if (/HTTP request to an HTTPS server/i.test(String(body))) {
    return new Problem("VAULT_SPEAKS_TLS", `Vault at ${address} speaks TLS.`, "Write its address with https://");
  }
  return new Problem(
    "VAULT_REFUSED",
    `Vault at ${address} refused ${path}: ${reason}`,
    "Its log and its audit log say more about the request.",
  );
}

const UNTRUSTED = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "CERT_SIGNATURE_FAILURE",
]);

function noAnswer(error: unknown, address: string): Problem {
  const told = failed.safeParse(error);
  const code = told.success ? told.data.code : "no answer";
  if (UNTRUSTED.has(code)) {
    return new Problem(
      "VAULT_UNTRUSTED",
      `The certificate of Vault at ${address} is signed by an authority that is not trusted here (${code}).`,
      "Set VAULT_CACERT to the PEM file of that authority.",
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return new Problem(
      "VAULT_WRONG_NAME",
      `The certificate of Vault at ${address} is for another name.`,
      "Use an address whose host stands in that certificate.",
    );
  }
  if (code === "EPROTO") {
    return new Problem("VAULT_NOT_TLS", `What listens at ${address} does not speak TLS.`, "Check the address.");
  }
  return new Problem(
    "VAULT_DOWN",
    `Vault at ${address} does not answer (${code}).`,
    "Check that it runs and that the address is right.",
  );
}
