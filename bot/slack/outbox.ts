import { webApi } from "@slack/bolt";
import { type Configured, isConfigured } from "../domain/approval.ts";
import { type RequestCall, stillCalls } from "../domain/request-call.ts";
import type { Request } from "../domain/request.ts";
import type { Clock, Outbox, OutboxItem, Requests } from "../operations/ports.ts";
import { pause } from "../operations/waiting.ts";
import type { SlackLog } from "./guard.ts";
import type { Message } from "./views/blocks.ts";
import { noticeView } from "./views/notice.ts";
import { requestCallView } from "./views/request-call.ts";
import { requestView } from "./views/request.ts";

export interface OutboxNeeds extends Configured {
  outbox: Outbox;
  requests: Pick<Requests, "find" | "placed">;
  client: webApi.WebClient;
  /** Where requests and alerts are posted. */
  channel: string;
  clock: Clock;
  log: SlackLog;
}

type Placed = { channel: string; ts: string };

/** Longer than all calls of one delivery together. */
const leaseMs = 30_000;
const idleMs = 200;
const longestWaitMs = 60_000;

/** Tells Slack what the store says is to be told, until the signal aborts. Whatever Slack does, an item stays until it is told. */
export async function deliverOutbox(needs: OutboxNeeds, signal: AbortSignal): Promise<void> {
  const { outbox, clock, log } = needs;
  while (!signal.aborted) {
    const item = await outbox.claim(clock(), leaseMs);
    if (item === null) {
      await pause(idleMs, signal);
      continue;
    }
    try {
      await deliver(needs, item);
      await outbox.done(item.id);
    } catch (error) {
      const { waitMs, problem } = afterFailure(error, item.attempts);
      log.warn({ key: item.key, attempts: item.attempts, waitMs, err: error }, "Slack was not told yet");
      await outbox.retry(item.id, clock() + waitMs, problem);
    }
  }
}

/** Draws the message of a request from the store: the one it has, or a new one where it has none, or has it no more. */
async function drawRequest(needs: OutboxNeeds, request: Request, retried: boolean): Promise<void> {
  const view = {
    ...requestView(request, { now: needs.clock(), configured: isConfigured(request, needs) }),
    metadata: { event_type: "certops_request", event_payload: { request: request.id } },
  };
  if (request.message !== null && (await updated(needs.client, request.message, view))) return;
  const lost = retried ? await posted(needs, "certops_request", "request", request.id) : null;
  if (lost !== null && (await updated(needs.client, lost, view))) return needs.requests.placed(request.id, lost);
  const { ts } = await needs.client.chat.postMessage({ channel: needs.channel, ...view });
  if (ts) await needs.requests.placed(request.id, { channel: needs.channel, ts });
}

// The answer to an earlier attempt may have been lost after Slack had posted: before the next one the channel is read.
async function deliver(needs: OutboxNeeds, item: OutboxItem & { attempts: number }): Promise<void> {
  const retried = item.attempts > 1;
  if (item.kind === "request") {
    const request = await needs.requests.find(item.subject);
    if (request === null) return;
    return drawRequest(needs, request, retried);
  }
  const channel = typeof item.payload.channel === "string" ? item.payload.channel : needs.channel;
  const view = await noticed(needs, item);
  if (view === null) return;
  if (retried && (await posted({ ...needs, channel }, "certops_notice", "key", item.key)) !== null) return;
  await needs.client.chat.postMessage({
    channel,
    ...view,
    metadata: { event_type: "certops_notice", event_payload: { key: item.key } },
  });
}

/** null: it is no longer so. Who is called to a request is called to it as it is now. */
async function noticed(needs: OutboxNeeds, item: OutboxItem): Promise<Message | null> {
  if (item.payload.type !== "request-call") return noticeView(item, needs.clock());
  const call = item.payload as unknown as RequestCall;
  const request = await needs.requests.find(call.request);
  return request !== null && stillCalls(call, request) ? requestCallView(call, request, needs.clock()) : null;
}

/** false when the message is gone: somebody deleted it. */
async function updated(client: webApi.WebClient, placed: Placed, view: Message): Promise<boolean> {
  try {
    await client.chat.update({ ...placed, ...view });
    return true;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && error.data.error === "message_not_found") return false;
    throw error;
  }
}

/** Our message with this metadata among the channel's latest. */
async function posted(
  { client, channel }: Pick<OutboxNeeds, "client" | "channel">,
  type: string,
  key: string,
  value: string,
): Promise<Placed | null> {
  const { messages = [] } = await client.conversations.history({ channel, include_all_metadata: true, limit: 200 });
  const ours = messages.find(({ metadata }) => {
    const payload: unknown = metadata?.event_payload;
    return (
      metadata?.event_type === type &&
      typeof payload === "object" &&
      payload !== null &&
      Reflect.get(payload, key) === value
    );
  });
  return ours?.ts ? { channel, ts: ours.ts } : null;
}

function afterFailure(error: unknown, attempts: number): { waitMs: number; problem: string } {
  if (error instanceof webApi.WebAPIRateLimitedError)
    return { waitMs: error.retryAfter * 1_000, problem: "Slack asks to wait" };
  const waitMs = Math.min(longestWaitMs, 500 * 2 ** Math.min(attempts - 1, 10));
  if (error instanceof webApi.WebAPIPlatformError) return { waitMs, problem: `Slack answered ${error.data.error}` };
  return { waitMs, problem: error instanceof Error ? error.message : String(error) };
}
