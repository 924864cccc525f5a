import type { types } from "@slack/bolt";
import type { RenewalFields } from "../../domain/forms.ts";
import { context } from "./blocks.ts";
import { plainText, readForm, searchInput, textInput } from "./form.ts";

/** Its value is the service that is chosen already; "": none. */
export const renewAction = "renewal_form";
/** The menu of managed services. */
export const managedServices = "managed_services";

const renewalForm = "renewal";

/** The form of a renewal. `service`: chosen already; "": none. `channel`: where it is decided. */
export function renewalModal({ service, channel }: { service: string; channel: string }): types.ModalView {
  return {
    type: "modal",
    callback_id: renewalForm,
    title: plainText("Renew a certificate"),
    submit: plainText("Ask"),
    close: plainText("Cancel"),
    blocks: [
      searchInput("service", "Which service?", {
        of: managedServices,
        initial: service || undefined,
        placeholder: "Type a service, an owner or a host",
      }),
      textInput("reason", "What for?", {
        placeholder: "Its key may have leaked",
        hint: "Who approves it reads this first.",
        multiline: true,
        most: 500,
      }),
      context(
        `Every instance gets a new certificate, and it counts once all of them serve it. Somebody else approves the plan first, in <#${channel}>.`,
      ),
    ],
  };
}

/** What was filled in; null: it is not this form. */
export function renewalFieldsOf(view: unknown): RenewalFields | null {
  const filled = readForm(view, renewalForm);
  return filled && { service: filled.said("service"), reason: filled.said("reason") };
}
