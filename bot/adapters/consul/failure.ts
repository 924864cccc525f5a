import { Failure } from "../../errors.ts";

/** Consul answered, and did not do it. */
export function failureOf({ status, text }: { status: number; text: string }, what: string, address: string): Failure {
  const said = text.trim().slice(0, 300) || `status ${status}`;
  if (/no cluster leader|no known consul servers/i.test(said)) {
    return noLeader();
  }
  if (status >= 500 || status === 429) {
    return new Failure("consul-down", `Consul at ${address} cannot ${what}: ${said}.`, "Look at Consul's log.");
  }
  return new Failure(
    "consul-refused",
    `Consul refused to ${what}: ${said}.`,
    "Compare it with Consul's config entries.",
  );
}

export function noLeader(): Failure {
  return new Failure(
    "consul-no-leader",
    "Consul has no leader: too few of its servers are up.",
    "Bring a majority of its servers back: consul operator raft list-peers.",
  );
}

export function denied(what: string, text: string): Failure {
  const lacks = /lacks permission '([^']+)' on "([^"]+)"/.exec(text);
  const why = lacks ? ` It lacks ${lacks[1]} on ${lacks[2]}.` : "";
  return new Failure(
    "consul-denied",
    `Consul does not let the bot ${what}.${why}`,
    "Its token was replaced or its policy does not allow it: look at the bot's agent and the token's policy in Consul.",
  );
}
