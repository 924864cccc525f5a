import type { Verdict } from "../domain/approval.ts";
import { at, type FieldProblem } from "../domain/forms.ts";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { noSuchRequest } from "../domain/request.ts";
import { reviewBy, reviewersOf } from "../domain/review.ts";
import { type DecideNeeds, objectionTo } from "./decide-request.ts";
import type { RequestForm } from "./delivered.ts";
import { membership, sayingWhen } from "./membership.ts";
import { handOverObjection } from "./remark-on-request.ts";

type Found = FieldProblem[] | Refusal;

/** What is wrong with what somebody filled in about a request, as it is now: at a field, or with all of it. */
export async function objectToForm(needs: DecideNeeds, form: RequestForm): Promise<Found> {
  const { id, user, text, to } = form;
  const wordless = text.trim() === "";
  switch (form.form) {
    case "deny":
    case "break-glass":
      return wordless ? [say("text")] : nothing(await undecidable(needs, form, form.form));
    case "withdraw":
      return nothing(await undecidable(needs, form, form.form));
    case "comment":
      return wordless ? [say("text")] : nothing(await unknown(needs, id));
    case "hand-over":
      return to === "" ? [say("to")] : nothing(await handOverObjection(needs, { id, user, to }));
    case "review": {
      if (wordless) return [say("text")];
      const request = await needs.requests.find(id);
      if (request === null) return noSuchRequest(id);
      const now = needs.clock();
      const member = await membership(needs.groupsOf, [reviewersOf(request).people], { user, now });
      const verdict = form.justified ? "justified" : "not-justified";
      const review = reviewBy({ request, user, verdict, note: text, groups: member.groups, now });
      return isRefusal(review) ? sayingWhen(review, member) : [];
    }
  }
}

async function undecidable(needs: DecideNeeds, form: RequestForm, verdict: Verdict): Promise<Refusal | null> {
  const { id, user, text } = form;
  const found = await objectionTo(needs, { id, user, verdict, reason: text });
  if (found === null || isRefusal(found)) return found;
  const { state, decidedBy } = found.request;
  return refuse(
    "already-decided",
    `${id} is ${state} already${decidedBy === null ? "" : `, by ${decidedBy}`}.`,
    "What you wrote changed nothing.",
  );
}

async function unknown({ requests }: DecideNeeds, id: string): Promise<Refusal | null> {
  return (await requests.find(id)) === null ? noSuchRequest(id) : null;
}

const say = (field: string) => at(field, refuse("reason-missing", "This has to be said.", ""));

const nothing = (refusal: Refusal | null): Found => refusal ?? [];
