import type { HomeTabs } from "./home-tabs.ts";
import { respondTo, whisper } from "./respond.ts";
import type { Message } from "./views/blocks.ts";

/**
 * Tells one person what came of what they did, where they did it; and in their Home tab where that is no place to answer, or
 * no longer: a form may have been open for hours. `about`: the request or service under which it is to stand there.
 */
export async function tell(
  homes: Pick<HomeTabs, "tell">,
  { user, responseUrl }: { user: string; responseUrl: string | null },
  message: Message,
  about: string | null = null,
): Promise<void> {
  if (await whisper(respondTo(responseUrl), message)) return;
  await homes.tell(user, { about, said: saidIn(message) });
}

/** What a message says in its sections, in Slack's markup. */
function saidIn({ blocks }: Message): string {
  return blocks.flatMap((block) => (block.type === "section" && block.text ? [block.text.text] : [])).join("\n");
}
