import { timeTurn } from "../domain/approval.ts";
import type { Request } from "../domain/request.ts";
import { reviewTurn } from "../domain/review.ts";
import type { Clock } from "./ports.ts";
import type { Requests } from "./store-ports.ts";
import { toldRequest, toldTurn } from "./tell-request.ts";

interface PassNeeds {
  requests: Pick<Requests, "list" | "move">;
  clock: Clock;
}

/** All that may wait at a time. */
const most = 10_000;

/**
 * Does what deadlines demand: reminds who is missing, asks the next ones, and ends what nobody decided in time; asks for
 * reviews again. Returns the ids of what it ended.
 */
export async function passDeadlines(needs: PassNeeds): Promise<string[]> {
  const now = needs.clock();
  const ended: string[] = [];
  for (const request of await needs.requests.list({ states: ["pending"], limit: most })) {
    if ((await passDeadline(needs, request, now)) === "expired") ended.push(request.id);
  }
  for (const request of await needs.requests.list({ toReview: true, limit: most })) {
    await askForReview(needs, request, now);
  }
  return ended;
}

/** What time made of it just now; null: nothing, or somebody decided it before. */
export async function passDeadline({ requests }: Pick<PassNeeds, "requests">, request: Request, now: number) {
  const turn = timeTurn(request, now);
  if (turn === null) return null;
  const told = { ...toldTurn(request, turn, "certops", now), knowing: request.version };
  return (await requests.move(request.id, ["pending"], turn.change, told)) ? turn.news : null;
}

async function askForReview({ requests }: Pick<PassNeeds, "requests">, request: Request, now: number): Promise<void> {
  const review = reviewTurn(request, now);
  if (review === null) return;
  const told = toldRequest({ request, news: "review-due", actor: "certops", at: now }, {}, "review-due");
  await requests.move(request.id, [request.state], { review }, { ...told, knowing: request.version });
}
