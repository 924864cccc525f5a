import { SECRETS } from "../contract/slack-fixture.ts";
import { command, type replies, signed } from "../support/slack-requests.ts";
import type { Crowd } from "./crowd.ts";

/** Milliseconds from a signed slash command until its answer. Throws what was refused. */
export async function askIn(
  { slack }: Crowd,
  answers: Awaited<ReturnType<typeof replies>>,
  text: string,
): Promise<number> {
  const body = command(text, answers.url);
  const before = answers.got.length;
  const headers = signed(body, { secret: SECRETS.signingSecret });
  const from = performance.now();
  const response = await fetch(slack.url, { method: "POST", headers, body });
  await response.body?.cancel();
  const [answer] = (await answers.next(before + 1)).slice(before);
  const took = performance.now() - from;
  if (response.status !== 200 || answer === undefined || /✋|⚠️/.test(JSON.stringify(answer.blocks)))
    throw new Error(`/cert ${text}: ${response.status} ${answer?.text}`);
  return took;
}
