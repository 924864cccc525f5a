import { decidersAt, notAmong, whoTheyAre } from "./approval-policy.ts";
import type { Review } from "./asked.ts";
import { refuse, type Refusal } from "./refusal.ts";
import { about, type Request } from "./request.ts";

/** A break-glass is asked about again this long after it was last asked about. */
const againAfterMs = 86_400_000;

/** The review as it is once it was asked for again; null: not now. */
export function reviewTurn({ review }: Request, now: number): Review | null {
  if (review === null || review.by !== null || now < review.askedAt + againAfterMs) return null;
  return { ...review, askedAt: now };
}

/** Whether this person may review it; perhaps, while Slack does not say who is in the groups. */
export function mayReview(
  { approval, decidedBy }: Request,
  { user, groups, now }: { user: string; groups: string[] | null; now: number },
): boolean {
  if (user === decidedBy) return false;
  const words = { mayNot: "review it", undone: "reviewed" };
  const no = notAmong(decidersAt(approval, approval.escalation.length), { user, groups, now, words });
  return no === null || no.code === "directory-unavailable";
}

interface Reviewing {
  request: Request;
  user: string;
  verdict: NonNullable<Review["verdict"]>;
  note: string;
  groups: string[] | null;
  now: number;
}

/** The review as this person has it, or why they may not. */
export function reviewBy({ request, user, verdict, note, groups, now }: Reviewing): Review | Refusal {
  const { id, approval, review, decidedBy } = request;
  if (review === null) {
    return refuse("nothing-to-review", `${id} was not let through by break-glass.`, "There is nothing to review.");
  }
  if (review.by !== null) {
    return refuse("already-reviewed", `${id} was reviewed already, by ${review.by}.`, `See: /cert trace ${id}`);
  }
  const all = decidersAt(approval, approval.escalation.length);
  if (user === decidedBy) {
    return refuse(
      "own-review",
      `You let ${id} through yourself.`,
      `Somebody else looks at it: ${whoTheyAre(all, now)}.`,
    );
  }
  const words = { mayNot: `review requests for ${about(request).subject}`, undone: "reviewed" };
  const stranger = notAmong(all, { user, groups, now, words });
  if (stranger !== null) return stranger;
  if (note.trim() === "") {
    return refuse("reason-missing", "A review says what was found.", `/approvals review ${id} <what you found>`);
  }
  return { ...review, by: user, at: now, verdict, note: note.trim() };
}
