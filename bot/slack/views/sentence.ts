import { message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";

/** One sentence in Slack's markup. */
export function sentenceView(markup: string): Message {
  return message(withoutMarkup(markup), [section(markup)]);
}

/** For a button that means nothing any more. */
export const outdatedView = sentenceView("This button is from an older message. Ask again with `/cert help`.");

/** For notifications, which show no markup. */
export function withoutMarkup(markup: string): string {
  return markup
    .replaceAll(/<!date\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<!subteam\^\w+>/g, "the approvers")
    .replaceAll("<!channel>", "")
    .replaceAll(/\n>?/g, " – ")
    .replaceAll(/[*`]/g, "");
}
