import { Failure } from "../../errors.ts";
import type { Reply } from "../token-api.ts";

/** Nomad answered, and did not do it. */
export function failureOf({ status, text }: Pick<Reply, "status" | "text">, what: string, address: string): Failure {
  const said = text.trim().slice(0, 300) || `status ${status}`;
  if (/no cluster leader/i.test(said)) {
    return new Failure(
      "nomad-no-leader",
      "Nomad has no leader: too few of its servers are up.",
      "Bring a majority of its servers back: nomad server members.",
    );
  }
  if (status >= 500 || status === 429) {
    return new Failure("nomad-down", `Nomad at ${address} cannot ${what}: ${said}.`, "Look at Nomad's log.");
  }
  return new Failure("nomad-refused", `Nomad refused to ${what}: ${said}.`, "Compare it with Nomad's API and version.");
}

export function denied(what: string): Failure {
  return new Failure(
    "nomad-denied",
    `Nomad does not let the bot ${what}.`,
    "Its token was replaced or has expired, or its policy does not allow it: look at the bot's agent and the token in Nomad.",
  );
}
