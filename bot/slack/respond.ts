import { Failure } from "../errors.ts";
import type { Message } from "./views/blocks.ts";

const deadlineMs = 10_000;

/**
 * Answers at a `response_url`. Where there is none, or Slack takes no more answers there, it is false.
 * Throws `slack-unreachable`.
 */
export function respondTo(url: string | null): (answer: object) => Promise<boolean> {
  return async (answer) => {
    if (url === null) return false;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(answer),
      signal: AbortSignal.timeout(deadlineMs),
    }).catch(unreachable);
    await response.body?.cancel();
    if (response.status >= 500 || response.status === 429) unreachable(new Error(`Slack answered ${response.status}`));
    return response.ok;
  };
}

/** An answer to one person alone, which leaves the message it belongs to as it is. Gives what `respond` gives. */
export function whisper<T>(respond: (answer: object) => T, { text, blocks }: Message): T {
  return respond({ response_type: "ephemeral", replace_original: false, text, blocks });
}

// The URL itself is a capability: it is not in the message.
function unreachable(cause: unknown): never {
  throw new Failure("slack-unreachable", "Slack did not take the answer", "Ask again in a moment.", { cause });
}
