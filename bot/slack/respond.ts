import { Failure } from "../errors.ts";
import type { BlockChoice } from "./block-choice.ts";
import type { Message } from "./views/blocks.ts";

const deadlineMs = 10_000;

/**
 * Answers at a `response_url`. Where there is none, or Slack takes no more answers there, it is false.
 * Throws `slack-unreachable`.
 */
export function respondTo(url: string | null): (answer: object) => Promise<boolean> {
  return async (answer) => (await send(url, answer)) === "taken";
}

/** The same, drawn once more where Slack does not take the newest blocks. */
export async function respondDrawn(url: string | null, blocks: BlockChoice, draw: () => object): Promise<boolean> {
  const sent = await send(url, draw());
  if (sent !== "blocks refused" || !blocks.newest()) return sent === "taken";
  blocks.refused();
  return (await send(url, draw())) === "taken";
}

async function send(url: string | null, answer: object): Promise<"taken" | "blocks refused" | "not taken"> {
  if (url === null) return "not taken";
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(answer),
    signal: AbortSignal.timeout(deadlineMs),
  }).catch(unreachable);
  const said = await response.text().catch(() => "");
  if (said.includes("invalid_blocks")) return "blocks refused";
  if (response.ok) return "taken";
  if (response.status >= 500 || response.status === 429) unreachable(new Error(`Slack answered ${response.status}`));
  return "not taken";
}

/** An answer to one person alone, which leaves the message it belongs to as it is. Gives what `respond` gives. */
export const whisper = <T>(respond: (answer: object) => T, message: Message): T => respond(alone(message));

/** As it is answered to one person alone. */
export const alone = ({ text, blocks }: Message): object => ({
  response_type: "ephemeral",
  replace_original: false,
  text,
  blocks,
});

// The URL itself is a capability: it is not in the message.
function unreachable(cause: unknown): never {
  throw new Failure("slack-unreachable", "Slack did not take the answer", "Ask again in a moment.", { cause });
}
