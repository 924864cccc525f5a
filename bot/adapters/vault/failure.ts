import { z } from "zod";
import { Failure } from "../../errors.ts";

const refusedRequest = z.object({
  response: z.object({
    statusCode: z.number(),
    body: z.object({ errors: z.array(z.string()).default([]) }).catch({ errors: [] }),
  }),
});

const failedConnection = z.object({ code: z.string() });

/** Vault's own answer to a request it refused; null when there was none. */
export function answerOf(error: unknown): { statusCode: number; errors: string[] } | null {
  const { success, data } = refusedRequest.safeParse(error);
  return success ? { statusCode: data.response.statusCode, errors: data.response.body.errors } : null;
}

/** Says what happened without the error itself: that one carries the request's headers, and with them the token. */
export function failureOf(error: unknown, what: string, address: string): Failure {
  const answer = answerOf(error);
  if (answer === null) return down(failedConnection.safeParse(error).data?.code ?? "no answer", address);
  const { statusCode, errors } = answer;
  const said = errors.map((line) => line.trim()).join("; ") || `status ${statusCode}`;
  if (statusCode === 503 && /sealed/i.test(said)) {
    return new Failure("vault-sealed", `Vault at ${address} is sealed.`, "Unseal it: nothing is issued until then.");
  }
  if (statusCode >= 500 || statusCode === 429) {
    return new Failure("vault-down", `Vault at ${address} cannot ${what}: ${said}.`, "Look at Vault's log.");
  }
  if (statusCode === 403) {
    return new Failure(
      "vault-denied",
      `Vault does not let the bot ${what}.`,
      "Its token has lapsed or its policy does not allow it: look at the bot's agent and the policy certops-bot.",
    );
  }
  if (said.includes("check-and-set")) {
    return new Failure(
      "vault-conflict",
      `Somebody else wrote in between: ${what}.`,
      "Read it again, then decide anew.",
    );
  }
  return new Failure(
    "vault-refused",
    `Vault refused to ${what}: ${said}.`,
    "Compare Vault's roles and policies with the plan.",
  );
}

function down(code: string, address: string): Failure {
  const causes: Record<string, [cause: string, hint: string]> = {
    ECONNREFUSED: ["nothing listens there", "Start Vault, or correct vault.address in certops.yaml."],
    ETIMEDOUT: ["no answer before the deadline", "See whether Vault is stuck, and whether a firewall is in the way."],
    ECONNABORTED: [
      "no answer before the deadline",
      "See whether Vault is stuck, and whether a firewall is in the way.",
    ],
    ENOTFOUND: ["its name does not resolve", "Correct vault.address in certops.yaml, or DNS."],
    CERT_HAS_EXPIRED: ["its certificate has expired", "Renew Vault's server certificate and have Vault reload it."],
  };
  const tls = /CERT|ISSUER|SIGNATURE|ALTNAME/.test(code);
  const [cause, hint] = causes[code] ?? [
    tls ? `its certificate is not to be trusted (${code})` : code,
    tls ? "Compare vault.caFile in certops.yaml with the root of Vault's certificate." : "Look at Vault's log.",
  ];
  return new Failure("vault-down", `Vault at ${address} cannot be reached: ${cause}.`, hint);
}
