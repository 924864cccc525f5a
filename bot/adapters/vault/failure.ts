import { z } from "zod";
import { Failure } from "../../errors.ts";
import { type System, unreachable } from "../unreachable.ts";

const refusedRequest = z.object({
  response: z.object({
    statusCode: z.number(),
    body: z.object({ errors: z.array(z.string()).default([]) }).catch({ errors: [] }),
  }),
});

const failedConnection = z.object({ code: z.string() }).catch({ code: "no answer" });

const vault: System = {
  key: "vault",
  name: "Vault",
  listener: "Vault",
  renewal: "Renew Vault's server certificate and have Vault reload it.",
};

/** Vault's own answer to a request it refused; null when there was none. */
export function answerOf(error: unknown): { statusCode: number; errors: string[] } | null {
  const { success, data } = refusedRequest.safeParse(error);
  return success ? { statusCode: data.response.statusCode, errors: data.response.body.errors } : null;
}

/** Says what happened without the error itself: that one carries the request's headers, and with them the token. */
export function failureOf(error: unknown, what: string, address: string): Failure {
  const answer = answerOf(error);
  if (answer === null) return unreachable(vault, failedConnection.parse(error), address);
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
