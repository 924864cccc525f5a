import { refuse, type Refusal } from "./refusal.ts";

/** What somebody filled in to ask for a renewal. "": they said nothing. */
export interface RenewalFields {
  service: string;
  reason: string;
}

/** The same to allow or deny a call in the mesh. */
export interface IntentionFields {
  source: string;
  destination: string;
  action: string;
  reason: string;
}

/** A refusal that is about one thing somebody wrote. */
export interface FieldProblem<Field extends string = string> extends Refusal {
  field: Field;
}

export const at = <Field extends string>(field: Field, refusal: Refusal): FieldProblem<Field> => ({
  ...refusal,
  field,
});

/** null: it says something. */
export function reasonMissing(reason: string): Refusal | null {
  if (reason.trim() !== "") return null;
  return refuse("reason-missing", "Why?", "Say in a few words what it is for: who approves it has to know.");
}
