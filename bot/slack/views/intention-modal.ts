import type { types } from "@slack/bolt";
import type { IntentionFields } from "../../domain/forms.ts";
import { context } from "./blocks.ts";
import { choiceInput, plainText, readForm, searchInput, textInput } from "./form.ts";

export const intentionAction = "intention_form";
/** The menu of services in the mesh. */
export const meshServices = "mesh_services";

const intentionForm = "intention";

/** The form of an intention. `channel`: where it is decided. */
export function intentionModal({ channel }: { channel: string }): types.ModalView {
  const placeholder = "Type a service of the mesh";
  return {
    type: "modal",
    callback_id: intentionForm,
    title: plainText("Allow or deny a call"),
    submit: plainText("Ask"),
    close: plainText("Cancel"),
    blocks: [
      searchInput("source", "Who calls?", { of: meshServices, placeholder }),
      searchInput("destination", "Whom?", { of: meshServices, placeholder }),
      choiceInput("action", "May it?", [
        { value: "allow", words: "Allow the call" },
        { value: "deny", words: "Deny the call" },
      ]),
      textInput("reason", "What for?", {
        placeholder: "The export reads the ledger",
        hint: "Who approves it reads this first.",
        multiline: true,
        most: 500,
      }),
      context(`Somebody else approves it first, in <#${channel}>.`),
    ],
  };
}

/** What was filled in; null: it is not this form. */
export function intentionFieldsOf(view: unknown): IntentionFields | null {
  const filled = readForm(view, intentionForm);
  if (filled === null) return null;
  const { said } = filled;
  return { source: said("source"), destination: said("destination"), action: said("action"), reason: said("reason") };
}
