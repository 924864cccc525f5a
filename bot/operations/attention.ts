import type { Answer } from "../domain/answer.ts";
import { isRefusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { Failure } from "../errors.ts";
import type { Desk } from "./command.ts";
import type { Requests } from "./ports.ts";

/** What a person should look at now. */
export interface Attention {
  pending: Request[];
  running: Request[];
  expiring: Answer;
}

/** Requests that wait for a decision, work under way, and what ends soon. */
export async function attention({
  desk,
  requests,
}: {
  desk: Pick<Desk, "ask">;
  requests: Pick<Requests, "list">;
}): Promise<Attention> {
  const [open, expiring] = await Promise.all([
    requests.list({ states: ["pending", "approved"] }),
    desk.ask({ kind: "expiring", window: null }),
  ]);
  if (isRefusal(expiring)) throw new Failure(expiring.code, expiring.message, expiring.hint);
  return {
    pending: open.filter(({ state }) => state === "pending"),
    running: open.filter(({ state }) => state === "approved"),
    expiring,
  };
}
