import { detailOf, type Request, type RequestState } from "../domain/request.ts";
import type { Commit } from "./ports.ts";

/** A change of a request's state, as the audit log and Slack are told of it: `request.<state>`. */
export function toldRequest(
  change: { request: Request; state: RequestState; actor: string; at: number },
  detail: Record<string, unknown>,
): Commit {
  const { request, state, actor, at } = change;
  return {
    audit: {
      at,
      actor,
      action: `request.${state}`,
      subject: request.id,
      detail: { ...detailOf(request), ...detail },
    },
    outbox: [{ key: `request:${request.id}:${state}`, kind: "request", subject: request.id, payload: {} }],
  };
}
