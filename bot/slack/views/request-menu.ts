import type { types } from "@slack/bolt";
import type { Request } from "../../domain/request.ts";
import type { RequestForm } from "../../operations/delivered.ts";

/** What else can be done with a request, behind its menu: each opens a form. */
export const forms = ["comment", "hand-over", "withdraw", "break-glass", "deny", "review"] as const;
export type Form = RequestForm["form"];

export const moreAction = "request_more";

const labels = {
  comment: "Comment…",
  "hand-over": "Hand over…",
  withdraw: "Withdraw…",
  "break-glass": "Break the glass…",
} as const;

/** Break-glass only where the policy has one. */
export function moreMenu({ id, approval }: Pick<Request, "id" | "approval">): types.Overflow {
  const offered = (Object.keys(labels) as (keyof typeof labels)[]).filter(
    (form) => form !== "break-glass" || approval.breakGlass !== null,
  );
  return {
    type: "overflow",
    action_id: moreAction,
    options: offered.map((form) => ({
      text: { type: "plain_text", text: labels[form], emoji: true },
      value: `${form} ${id}`,
    })),
  };
}

/** What was picked in the menu; null: it is from another version. */
export function picked(value: string): { form: Form; id: string } | null {
  const [word, id] = value.split(" ");
  const form = forms.find((one) => one === word);
  return form === undefined || id === undefined ? null : { form, id };
}
