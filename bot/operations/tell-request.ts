import { about, type Request, type RequestState } from "../domain/request.ts";
import type { Commit } from "./ports.ts";

/** What has become of a request: a state, or what was seen of one after its end. */
type News = RequestState | "approved-in-part" | "served-late" | "enforced-late";

/** News of a request, as the audit log and Slack are told of it: `request.<news>`. */
export function toldRequest(
  { request, news, actor, at }: { request: Request; news: News; actor: string; at: number },
  detail: Record<string, unknown>,
): Commit {
  const { id } = request;
  return {
    audit: { at, actor, action: `request.${news}`, subject: id, detail: { ...about(request).detail, ...detail } },
    outbox: [{ key: `request:${id}:${news}`, kind: "request", subject: id, payload: {} }],
  };
}
