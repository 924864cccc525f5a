import type { webApi } from "@slack/bolt";
import type { HomeTabs } from "./home-tabs.ts";
import { respondTo, whisper } from "./respond.ts";
import { isRefused } from "./slack-failure.ts";
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

export interface ChannelNeeds {
  homes: Pick<HomeTabs, "tell">;
  client: { chat: Pick<webApi.WebClient["chat"], "postEphemeral"> };
  /** Where requests and receipts stand. */
  channel: string;
}

/**
 * The same of what was done at a message: where Slack takes no answer there any more, it stands in the channel for them alone, and
 * in their Home tab where they are not in it.
 */
export async function tellAtMessage(
  { homes, client, channel }: ChannelNeeds,
  by: { user: string; responseUrl: string | null },
  message: Message,
  about: string | null = null,
): Promise<void> {
  const { user, responseUrl } = by;
  if (responseUrl === null) return tell(homes, by, message, about);
  if (await whisper(respondTo(responseUrl), message)) return;
  try {
    await client.chat.postEphemeral({ channel, user, ...message });
  } catch (error) {
    if (!isRefused(error)) throw error;
    await tell(homes, { user, responseUrl: null }, message, about);
  }
}

/** What a message says in its sections, in Slack's markup. */
function saidIn({ blocks }: Message): string {
  return blocks.flatMap((block) => (block.type === "section" && block.text ? [block.text.text] : [])).join("\n");
}
