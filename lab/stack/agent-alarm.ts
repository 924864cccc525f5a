import { Problem } from "../../vault-config/problem.ts";

/**
 * What a line of an agent's log means for the safety of its login: a `Problem`, or null for every other line. A wrapped
 * secret id opens once, so one that is open already was opened by somebody else.
 */
export function agentAlarm(line: string, agent: string): Problem | null {
  if (/wrapping token is not valid or does not exist/.test(line)) {
    return new Problem(
      "WRAP_ALREADY_OPENED",
      `The secret id made for agent ${agent} was opened before the agent read it, or it was not read within its minute.`,
      "Look for unwrap requests in Vault's audit log, then start the agent again: it gets a fresh one.",
    );
  }
  if (/invalid (role or )?secret id/i.test(line)) {
    return new Problem(
      "AGENT_LOGIN_REFUSED",
      `Vault no longer accepts the secret id of agent ${agent}.`,
      "Start the agent again: it gets a fresh one.",
    );
  }
  return null;
}
