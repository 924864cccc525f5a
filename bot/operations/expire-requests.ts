import type { Request } from "../domain/request.ts";
import type { Clock, Requests } from "./ports.ts";
import { toldRequest } from "./tell-request.ts";

/** Ends every request that nobody decided in time. Returns their ids. */
export async function expireRequests(needs: {
  requests: Pick<Requests, "list" | "move">;
  clock: Clock;
}): Promise<string[]> {
  const now = needs.clock();
  const pending = await needs.requests.list({ states: ["pending"] });
  const ended: string[] = [];
  for (const request of pending.filter(({ expiresAt }) => expiresAt <= now)) {
    if (await expireRequest(needs, request, now)) ended.push(request.id);
  }
  return ended;
}

/** false when somebody decided it, or ended it, before. */
export function expireRequest(
  needs: { requests: Pick<Requests, "move"> },
  request: Request,
  now: number,
): Promise<boolean> {
  return needs.requests.move(
    request.id,
    ["pending"],
    { state: "expired" },
    toldRequest({ request, news: "expired", actor: "certops", at: now }, { expiresAt: request.expiresAt }),
  );
}
