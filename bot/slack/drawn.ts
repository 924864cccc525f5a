import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { Outcome } from "../operations/command.ts";
import type { Clock } from "../operations/ports.ts";
import type { Asked } from "./views/answer.ts";
import type { Message } from "./views/blocks.ts";
import { outcomeView } from "./views/outcome.ts";
import { refusalView } from "./views/refusal.ts";

/** What something came to, as the one who asked is told. `asked`: of what has pages, which one, and how to ask for another. */
export function drawn(
  { clock, channel }: { clock: Clock; channel: string },
  outcome: Outcome | Refusal,
  asked: Pick<Asked, "args" | "page" | "newest"> = { args: [], page: 0 },
): Message {
  return isRefusal(outcome) ? refusalView(outcome) : outcomeView(outcome, { ...asked, now: clock(), channel });
}
