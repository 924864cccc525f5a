import { webApi } from "@slack/bolt";
import type { Configured } from "../domain/approval.ts";
import type { Outlook } from "../domain/outlook.ts";
import { type RequestCall, stillCalls } from "../domain/request-call.ts";
import type { Request } from "../domain/request.ts";
import type { ClaimedItem, Outbox, Requests } from "../operations/store-ports.ts";
import type { Clock } from "../operations/ports.ts";
import type { PictureItem } from "../operations/run-picture.ts";
import { pause } from "../operations/waiting.ts";
import type { BlockChoice } from "./block-choice.ts";
import { drawExpiry, type DrawExpiryNeeds } from "./draw-expiry.ts";
import { findPosted, type Mark, type Placed, type Placing } from "./find-posted.ts";
import type { SlackLog } from "./guard.ts";
import { AskedToWait, pace, type Pace } from "./pace.ts";
import { isInvalidBlocks, mayHaveBeenDone, tellSlackFailure } from "./slack-failure.ts";
import { context, type Message } from "./views/blocks.ts";
import { noticeView } from "./views/notice.ts";
import { outlookChartView, outlookInWords, outlookView } from "./views/outlook.ts";
import { drawnAt } from "./redraw-plan.ts";
import { requestCallView } from "./views/request-call.ts";
import { requestView } from "./views/request.ts";
import { plain } from "./views/words.ts";

export interface OutboxNeeds extends Configured {
  outbox: Outbox;
  requests: Pick<Requests, "find" | "placed">;
  expiryNotices: DrawExpiryNeeds["expiryNotices"];
  owners: DrawExpiryNeeds["owners"];
  client: webApi.WebClient;
  /** As a PNG. */
  drawOutlook: (outlook: Outlook, theme: "dark" | "light") => Buffer;
  /** Where requests and alerts are posted. */
  channel: string;
  blocks: BlockChoice;
  clock: Clock;
  log: SlackLog;
}

type Delivering = OutboxNeeds & { paced: Pace };

/** Longer than all calls of one delivery together. */
const leaseMs = 60_000;
const idleMs = 200;
const shortestWaitMs = 500;
const longestWaitMs = 60_000;
const storeAwayMs = 5_000;
/** What Slack may be about to do yet is looked for after that. */
const unclearWaitMs = 1_000;

/** Tells Slack what the store says is to be told, until the signal aborts. Whatever Slack does, an item stays until it is told. */
export async function deliverOutbox(needs: OutboxNeeds, signal: AbortSignal): Promise<void> {
  const { outbox, clock, log } = needs;
  const delivering = { ...needs, paced: pace(clock) };
  while (!signal.aborted) {
    try {
      const item = await outbox.claim(clock(), leaseMs);
      if (item === null) await pause(idleMs, signal);
      else await deliverOrRetry(delivering, item);
    } catch (error) {
      log.error({ err: error }, "the store does not say what is to be told; trying again");
      await pause(storeAwayMs, signal);
    }
  }
}

async function deliverOrRetry(needs: Delivering, item: ClaimedItem): Promise<void> {
  const { outbox, clock, log } = needs;
  try {
    await deliver(needs, item);
    await outbox.done(item.id);
  } catch (error) {
    // The next attempt is drawn by plain ones.
    if (isInvalidBlocks(error)) needs.blocks.refused();
    const again = againAt(error, item.attempts, clock());
    log.warn({ key: item.key, attempts: item.attempts, again, err: error }, "Slack was not told yet");
    await outbox.retry(item.id, again, tellSlackFailure(error));
  }
}

async function deliver(needs: Delivering, item: ClaimedItem): Promise<void> {
  if (item.kind === "request") {
    const request = await needs.requests.find(item.subject);
    return request === null ? undefined : drawRequest(needs, item, request);
  }
  if (item.payload.type === "outlook") return postOutlook(needs, item);
  if (item.payload.type === "expiry") {
    return drawExpiry({ ...needs, place: (message) => place(needs, item, message) }, String(item.payload.id));
  }
  const channel = typeof item.payload.channel === "string" ? item.payload.channel : needs.channel;
  const view = await noticed(needs, item);
  if (view === null) return;
  const mark = { event_type: "certops_notice", event_payload: { key: item.key } };
  if ((await postedBefore(needs, item, { channel, mark })) !== null) return;
  await postWhereOpen(needs, item, { channel, mark, view });
}

/** Has Slack draw it where it may; else uploads the picture on its own and shows it by a block: so the message is one like all others, and found again. */
async function postOutlook(needs: Delivering, item: ClaimedItem): Promise<void> {
  const { channel, theme, ...outlook } = item.payload as unknown as PictureItem;
  const mark = { event_type: "certops_notice", event_payload: { key: item.key } };
  if ((await postedBefore(needs, item, { channel, mark })) !== null) return;
  const chart = needs.blocks.newest() ? outlookChartView(outlook) : null;
  if (chart !== null) return void (await postWhereOpen(needs, item, { channel, mark, view: chart }));
  const alt = outlookInWords(outlook);
  const picture = {
    file: needs.drawOutlook(outlook, theme),
    filename: `expiries-${new Date(outlook.at).toISOString().slice(0, 10)}.png`,
    title: "Expiries ahead",
    alt_text: alt,
  };
  const { files } = await needs.paced("uploading", () => needs.client.filesUploadV2(picture));
  const id = files.flatMap((done) => done.files ?? [])[0]?.id;
  if (id === undefined) throw new Error("Slack took the picture and gave no id for it");
  await postWhereOpen(needs, item, { channel, mark, view: outlookView(outlook, { file: id, alt }) });
}

const shutBy = new Set(["not_in_channel", "channel_not_found", "is_archived"]);

/** Where the bot may not post, what is meant for there is told in the requests' channel, and said to be. */
async function postWhereOpen(
  needs: Delivering,
  item: ClaimedItem,
  { channel, mark, view }: { channel: string; mark: Mark; view: Message },
): Promise<Placed | null> {
  const own = needs.channel;
  try {
    const ts = await post(needs, item, { channel, mark, view });
    return ts === null ? null : { channel, ts };
  } catch (error) {
    const isShut = error instanceof webApi.WebAPIPlatformError && shutBy.has(error.data.error);
    if (!isShut || channel === own) throw error;
    const note = context(`meant for <#${channel}>, where certops cannot post: ${plain(error.data.error)}`);
    const blocks = [...view.blocks, note];
    const ts = await post(needs, item, { channel: own, mark, view: { ...view, blocks } });
    return ts === null ? null : { channel: own, ts };
  }
}

/** Draws the message of a request as the store has it now. */
async function drawRequest(needs: Delivering, item: ClaimedItem, request: Request): Promise<void> {
  const { id } = request;
  await place(needs, item, {
    at: request.message,
    channel: needs.channel,
    mark: { event_type: "certops_request", event_payload: { request: id } },
    view: requestView(request, drawnAt(request, needs, needs.clock())),
    isOver: false,
    placed: (where) => needs.requests.placed(id, where),
  });
}

/** Draws the message that is there, or a new one where there is none, or it is there no more. */
async function place(needs: Delivering, item: ClaimedItem, message: Placing): Promise<void> {
  const { at, channel, mark, view, isOver, placed } = message;
  if (at !== null && (await updated(needs, at, { ...view, metadata: mark }))) return;
  const lost = await postedBefore(needs, item, { channel, mark });
  if (lost !== null && (await updated(needs, lost, { ...view, metadata: mark }))) return placed(lost);
  if (isOver) return;
  const posted = await postWhereOpen(needs, item, { channel, mark, view });
  if (posted !== null) await placed(posted);
}

/** What an attempt posted of which nobody heard the outcome, wherever `postWhereOpen` may have put it; null: nothing. */
async function postedBefore(
  needs: Delivering,
  { unclearSince }: ClaimedItem,
  { channel, mark }: { channel: string; mark: Mark },
): Promise<Placed | null> {
  if (unclearSince === null) return null;
  for (const place of new Set([channel, needs.channel])) {
    const found = await findPosted(needs, { channel: place, mark, since: unclearSince });
    if (found !== null) return found;
  }
  return null;
}

/** Noted before it is tried: whatever happens to this process, the next one knows that Slack may have it. */
async function post(
  { client, outbox, clock, paced }: Delivering,
  { id, unclearSince }: ClaimedItem,
  { channel, mark, view }: { channel: string; mark: Mark; view: Message },
): Promise<string | null> {
  await outbox.unclear(id, unclearSince ?? clock());
  try {
    const { ts } = await paced(`posting in ${channel}`, () =>
      client.chat.postMessage({ channel, ...view, metadata: mark }),
    );
    return ts ?? null;
  } catch (error) {
    if (error instanceof AskedToWait || !mayHaveBeenDone(error)) await outbox.unclear(id, unclearSince);
    throw error;
  }
}

/** null: it is no longer so. Who is called to a request is called to it as it is now. */
async function noticed(needs: Delivering, item: ClaimedItem): Promise<Message | null> {
  if (item.payload.type !== "request-call") return noticeView(item, needs.clock(), needs.blocks.newest());
  const call = item.payload as unknown as RequestCall;
  const request = await needs.requests.find(call.request);
  return request !== null && stillCalls(call, request) ? requestCallView(call, request, needs.clock()) : null;
}

/** false when the message is gone: somebody deleted it. */
async function updated(
  { client, paced }: Delivering,
  placed: Placed,
  drawn: Message & { metadata: Mark },
): Promise<boolean> {
  try {
    await paced("chat.update", () => client.chat.update({ ...placed, ...drawn }));
    return true;
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && error.data.error === "message_not_found") return false;
    throw error;
  }
}

function againAt(error: unknown, attempts: number, now: number): number {
  if (error instanceof AskedToWait) return error.untilMs;
  const waitMs = Math.min(longestWaitMs, shortestWaitMs * 2 ** Math.min(attempts - 1, 10));
  return now + (mayHaveBeenDone(error) ? Math.max(unclearWaitMs, waitMs) : waitMs);
}
