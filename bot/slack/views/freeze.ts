import { thawCommand } from "../../domain/freeze.ts";
import type { FreezeNotice } from "../../domain/freeze.ts";
import type { Message } from "./blocks.ts";
import { sentenceView } from "./sentence.ts";
import { code, person, plain, scoped } from "./words.ts";

/** That automation stands still, or goes on again. */
export function freezeView({ state, scope, by, reason }: FreezeNotice): Message {
  return sentenceView(
    state === "freeze"
      ? `❄️ ${person(by)} froze ${scoped(scope)}: ${plain(reason)}\ncertops starts nothing there until ${code(thawCommand(scope))}; leaves go on renewing by themselves, and firewall rules close at their end.`
      : `🌤️ ${person(by)} thawed ${scoped(scope)}. It was frozen because: ${plain(reason)}`,
  );
}
