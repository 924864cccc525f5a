import { decidersAt, notAmong, type People, whoTheyAre } from "./approval-policy.ts";
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

/**
 * Who may review it: neither who let it through nor who asked for it, as long as its policy has anybody else; a group is taken
 * to have. Where it has not, who asked, and at the very last who let it through: it would be asked for again for ever.
 */
export function reviewersOf({ approval, requester, decidedBy }: Request): { people: People; barred: string[] } {
  const all = decidersAt(approval, approval.escalation.length);
  const without = (...barred: (string | null)[]) => ({
    people: {
      ...all,
      users: all.users.filter((user) => !barred.includes(user)),
      rotas: all.rotas.filter(({ people }) => people.some((user) => !barred.includes(user))),
    },
    barred: barred.filter((user) => user !== null),
  });
  const hasAny = ({ people: { users, groups, rotas } }: { people: People }) =>
    users.length + groups.length + rotas.length > 0;
  return [without(decidedBy, requester), without(decidedBy)].find(hasAny) ?? { people: all, barred: [] };
}

interface Reviewer {
  user: string;
  /** Of which they are a member; null when the directory could not be read. */
  groups: string[] | null;
  now: number;
}

/** Whether this person may review it; perhaps, while Slack does not say who is in the groups. */
export function mayReview(request: Request, reviewer: Reviewer): boolean {
  const no = mayNotReview(request, reviewer);
  return no === null || no.code === "directory-unavailable";
}

function mayNotReview(request: Request, { user, groups, now }: Reviewer): Refusal | null {
  const { id, decidedBy } = request;
  const { people, barred } = reviewersOf(request);
  if (barred.includes(user)) {
    return refuse(
      "own-review",
      user === decidedBy ? `You let ${id} through yourself.` : `You asked for ${id} yourself.`,
      `Somebody else looks at it: ${whoTheyAre(people, now)}.`,
    );
  }
  const words = { mayNot: `review requests for ${about(request).subject}`, undone: "reviewed" };
  return notAmong(people, { user, groups, now, words });
}

interface Reviewing extends Reviewer {
  request: Request;
  verdict: NonNullable<Review["verdict"]>;
  note: string;
}

/** The review as this person has it, or why they may not. */
export function reviewBy({ request, user, verdict, note, groups, now }: Reviewing): Review | Refusal {
  const { id, review, decidedBy, requester } = request;
  if (review === null) {
    return refuse("nothing-to-review", `${id} was not let through by break-glass.`, "There is nothing to review.");
  }
  if (review.by !== null) {
    return refuse("already-reviewed", `${id} was reviewed already, by ${review.by}.`, `See: /cert trace ${id}`);
  }
  const no = mayNotReview(request, { user, groups, now });
  if (no !== null) return no;
  if (note.trim() === "") {
    return refuse("reason-missing", "A review says what was found.", `/approvals review ${id} <what you found>`);
  }
  const nobodyElse = user === decidedBy || user === requester;
  return { ...review, by: user, at: now, verdict, note: note.trim(), ...(nobodyElse && { nobodyElse }) };
}
