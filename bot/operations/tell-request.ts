import type { RenewalRequest, RequestState } from "../domain/renewal.ts";
import type { Commit } from "./ports.ts";

/** A change of a request's state, as the audit log and Slack are told of it: `request.<state>`. */
export function toldRequest(
  change: { request: RenewalRequest; state: RequestState; actor: string; at: number },
  detail: Record<string, unknown>,
): Commit {
  const { request, state, actor, at } = change;
  return {
    audit: {
      at,
      actor,
      action: `request.${state}`,
      subject: request.id,
      detail: { service: request.service, ...detail },
    },
    outbox: [{ key: `request:${request.id}:${state}`, kind: "request", subject: request.id, payload: {} }],
  };
}
