import { tellDuration } from "../duration.ts";
import { at } from "../forms.ts";
import { refuse } from "../refusal.ts";
import type { FirewallPolicy } from "./policy.ts";
import type { FieldRefusal, Valid } from "./wish.ts";

/** When a rule begins and ends; null: at once, and never. Epoch milliseconds. */
export interface Validity {
  startsAt: number | null;
  until: number | null;
}

const dayMs = 86_400_000;

/** From what was said; `valid` null: as certops.yaml has it. A beginning of today or before is at once. */
export function validityOf(
  { valid: usual }: Pick<FirewallPolicy, "valid">,
  { valid, startsAt }: { valid: Valid | null; startsAt: number | null },
  now: number,
): Validity {
  const begins = startsAt === null || startsAt <= now ? null : startsAt;
  return { startsAt: begins, until: untilOf(valid ?? { forMs: usual }, begins ?? now) };
}

function untilOf(valid: Valid, from: number): number | null {
  if (valid === "forever") return null;
  return "until" in valid ? valid.until : from + valid.forMs;
}

/** What is wrong with it; null: nothing. Refused: starts-in-the-past, starts-too-late, over-already, too-long. */
export function validityObjection(
  { longest }: Pick<FirewallPolicy, "longest">,
  { asked, validity }: { asked: number | null; validity: Validity },
  now: number,
): FieldRefusal | null {
  const { startsAt, until } = validity;
  // Who says "from today" means from now on.
  if (asked !== null && asked <= now - dayMs) {
    const hint = "Leave the day out to begin as soon as it is approved.";
    return at("start", refuse("starts-in-the-past", "That day is over.", hint));
  }
  if (startsAt !== null && startsAt - now > longest) {
    const what = `It would begin only in ${tellDuration(startsAt - now)}.`;
    return at("start", refuse("starts-too-late", what, "Ask again when it is nearer."));
  }
  if (until === null) return null;
  const begins = startsAt ?? now;
  if (until <= begins) {
    const what = startsAt === null ? "It would be over already." : "It would be over before it begins.";
    return at("valid", refuse("over-already", what, "Say for how long from its beginning, such as 90d."));
  }
  if (until - begins <= longest) return null;
  const most = tellDuration(longest);
  return at(
    "valid",
    refuse(
      "too-long",
      `It would be open for ${tellDuration(until - begins)}; the longest is ${most}.`,
      `Ask for ${most} and extend it later, or say forever, which takes two approvers.`,
    ),
  );
}
