import type { FieldProblem } from "../domain/forms.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import type { Desk } from "../operations/command.ts";
import { noFirewall } from "../operations/firewall/firewall-command.ts";
import { snoozeObjections } from "../operations/snooze.ts";
import { noMesh } from "../operations/mesh-command.ts";
import type { Clock } from "../operations/ports.ts";
import type { Delivered } from "../operations/delivered.ts";
import { within } from "../operations/waiting.ts";
import { fieldErrors, formProblem, type SubmissionAnswer } from "./views/form.ts";

/** A form that was filled in. */
export type Submission = Extract<
  Delivered,
  { kind: "submission" | "renewal-form" | "intention-form" | "request-form" | "snooze" }
>;

const forms: Delivered["kind"][] = ["submission", "renewal-form", "intention-form", "request-form", "snooze"];

export const isSubmission = (delivered: Delivered | null): delivered is Submission =>
  delivered !== null && forms.includes(delivered.kind);

/** What is wrong with what was filled in: field by field, or with all of it. Empty: nothing. */
export type Objections = (submission: Submission) => Promise<FieldProblem[] | Refusal>;

type Checks = Pick<Desk, "checkRenewal"> & {
  approvals: Pick<Desk["approvals"], "objections">;
  mesh: Pick<NonNullable<Desk["mesh"]>, "check"> | null;
  firewall: Pick<NonNullable<Desk["firewall"]>, "objections"> | null;
};

/** Asks whoever does what the form is for. */
export const objectionsOf =
  (desk: Checks, clock: Clock): Objections =>
  async (submission) => {
    switch (submission.kind) {
      case "submission":
        return (await desk.firewall?.objections(submission.fields)) ?? noFirewall;
      case "renewal-form":
        return desk.checkRenewal({ ...submission.fields, requester: submission.user });
      case "intention-form":
        return (await desk.mesh?.check({ ...submission.fields, requester: submission.user })) ?? noMesh;
      case "snooze":
        return snoozeObjections(submission.fields, clock());
      case "request-form":
        return desk.approvals.objections(submission);
    }
  };

/** Slack waits three seconds for its answer; the way there and back takes some of them. */
const deadlineMs = 2_000;

/** What Slack is answered in place of taking the form; null: it is taken. Throws the Failure of what does not answer. */
export async function objectTo(objections: Objections, submission: Submission): Promise<SubmissionAnswer | null> {
  const found = await within(deadlineMs, "The check of what you filled in", objections(submission));
  if (isRefusal(found)) return formProblem(found, titleOf(submission));
  return found.length === 0 ? null : fieldErrors(found);
}

const titleOf = ({ kind }: Submission) => (kind === "request-form" ? "Nothing was changed" : "Not asked yet");
