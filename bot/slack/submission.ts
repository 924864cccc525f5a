import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { FieldRefusal } from "./views/firewall-modal.ts";
import type { Delivered } from "../operations/ports.ts";
import { within } from "../operations/waiting.ts";
import { fieldErrors, formProblem, type SubmissionAnswer } from "./views/firewall-modal.ts";

/** A form that was filled in. */
export type Submission = Extract<Delivered, { kind: "submission" | "request-form" | "snooze" }>;

export const isSubmission = (delivered: Delivered | null): delivered is Submission =>
  delivered?.kind === "submission" || delivered?.kind === "request-form" || delivered?.kind === "snooze";

/** What is wrong with what was filled in: field by field, or with all of it. Empty: nothing. */
export type Objections = (submission: Submission) => Promise<FieldRefusal[] | Refusal>;

/** Slack waits three seconds for its answer; the way there and back takes some of them. */
const deadlineMs = 2_000;

/** What Slack is answered in place of taking the form; null: it is taken. Throws the Failure of what does not answer. */
export async function objectTo(objections: Objections, submission: Submission): Promise<SubmissionAnswer | null> {
  const found = await within(deadlineMs, "The check of what you filled in", objections(submission));
  if (isRefusal(found)) return formProblem(found, titleOf(submission));
  return found.length === 0 ? null : fieldErrors(found);
}

const titleOf = ({ kind }: Submission) => (kind === "submission" ? "Not asked yet" : "Nothing was changed");
