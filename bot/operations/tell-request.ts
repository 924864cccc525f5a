import type { Turn } from "../domain/approval.ts";
import type { RequestCall } from "../domain/request-call.ts";
import { about, type Request, type RequestState } from "../domain/request.ts";
import type { Commit, OutboxItem } from "./store-ports.ts";

/** What has become of a request: a state, or what happened to it besides. */
type News =
  | RequestState
  | Turn["news"]
  | "commented"
  | "handed-over"
  | "review-due"
  | "reviewed"
  | "served-late"
  | "enforced-late"
  | "turned-away";

/** What may happen to a request more than once: each time is told. */
const repeats: ReadonlySet<News> = new Set([
  "approved-in-part",
  "escalated",
  "reminded",
  "commented",
  "handed-over",
  "review-due",
  "turned-away",
]);

/** News of a request, as the audit log and Slack are told of it: `request.<news>`. `call`: and somebody is called to it. */
export function toldRequest(
  { request, news, actor, at }: { request: Request; news: News; actor: string; at: number },
  detail: Record<string, unknown>,
  call?: RequestCall["call"],
): Commit {
  const { id, version } = request;
  const item = redrawn(id, repeats.has(news) ? `${news}:${version}` : news);
  return {
    audit: { at, actor, action: `request.${news}`, subject: id, detail: { ...about(request).detail, ...detail } },
    outbox: call === undefined ? [item] : [item, { ...called(id, call), key: `${item.key}:call` }],
  };
}

/** Its message drawn again from the store. `why`: what gives it a key of its own. */
export const redrawn = (id: string, why: string): OutboxItem => ({
  key: `request:${id}:${why}`,
  kind: "request",
  subject: id,
  payload: {},
});

function called(id: string, call: RequestCall["call"]): Omit<OutboxItem, "key"> {
  const payload: RequestCall = { type: "request-call", call, request: id };
  return { kind: "notice", subject: id, payload: { ...payload } };
}

/** A turn of a request, as it is told. */
export function toldTurn(request: Request, { news, detail, change }: Turn, actor: string, at: number): Commit {
  const glass = change.review !== undefined;
  const calls = news === "reminded" || news === "escalated" ? news : glass ? "break-glass" : undefined;
  return toldRequest({ request, news, actor, at }, detail, calls);
}
