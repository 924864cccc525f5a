import type { types } from "@slack/bolt";
import { z } from "zod";
import { requestUsage } from "../../domain/firewall/parse-request.ts";
import { tellDuration } from "../../domain/duration.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { WishField, WishFields } from "../../domain/firewall/wish.ts";
import { tellZone } from "../../domain/firewall/zones.ts";
import { jsonOrNull } from "../../domain/json.ts";
import { context } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { inputBlock, plainText, readForm, textInput, value } from "./form.ts";
import { sentenceView } from "./sentence.ts";
import { code } from "./words.ts";

export const requestForm = "firewall_request";

/** What the form is made for: who fills it in, and where the answer goes. */
export interface FormFor {
  user: string;
  responseUrl: string | null;
  policy: Pick<FirewallPolicy, "zones" | "valid" | "longest">;
}

const metadata = z.object({ responseUrl: z.string().nullable() });

/** The form of a firewall request. Its blocks are named as the fields are. */
export function requestModal({ user, responseUrl, policy }: FormFor): types.ModalView {
  const { zones, valid, longest } = policy;
  const usual = tellDuration(valid).replaceAll(" ", "");
  const end = "A service in Consul, an address, a network, or a zone";
  return {
    type: "modal",
    callback_id: requestForm,
    private_metadata: JSON.stringify({ responseUrl } satisfies z.infer<typeof metadata>),
    title: plainText("Request a firewall rule"),
    submit: plainText("Ask"),
    close: plainText("Cancel"),
    blocks: [
      context(`The zones: ${zones.map(tellZone).join(" · ")}`),
      textInput("from", "Who is to be let through?", { placeholder: "service-a", hint: end }),
      textInput("to", "To whom?", { placeholder: "service-b", hint: end }),
      textInput("ports", "Protocol and port", {
        placeholder: "tcp/8443",
        hint: "tcp/8443, udp/53, or a range: tcp/8000-8010",
      }),
      textInput("reason", "What for?", { placeholder: "The nightly export reads from it", multiline: true, most: 500 }),
      textInput("valid", "For how long?", {
        initial: usual,
        hint: `90d, 12h, or a last day such as 2026-12-31; at most ${tellDuration(longest)}. "forever" takes two approvers.`,
      }),
      inputBlock(
        "start",
        "From which day on?",
        { hint: "Empty: as soon as it is approved.", optional: true },
        { type: "datepicker", action_id: value, placeholder: plainText("At once") },
      ),
      inputBlock(
        "owner",
        "Who answers for it?",
        { hint: "Is asked before it ends whether it is still needed.", optional: true },
        { type: "users_select", action_id: value, initial_user: user },
      ),
      textInput("ticket", "Ticket", { placeholder: "OPS-4711", optional: true }),
    ],
  };
}

/** What was filled in, and where the answer goes; null: it is not this form. */
export function formOf(view: unknown): { fields: WishFields; responseUrl: string | null } | null {
  const filled = readForm(view, requestForm);
  if (filled === null) return null;
  const said = (field: WishField) => filled.said(field);
  return {
    fields: {
      from: said("from"),
      to: said("to"),
      ports: said("ports"),
      valid: said("valid"),
      start: said("start"),
      owner: said("owner"),
      ticket: said("ticket"),
      reason: said("reason"),
    },
    responseUrl: metadata.safeParse(jsonOrNull(filled.metadata)).data?.responseUrl ?? null,
  };
}

/** Where the form cannot be opened: Slack gives three seconds for it. */
export function formlessView(): Message {
  return sentenceView(
    `⌛ The form could not be opened in time. Ask once more, or in one line: ${code(`/firewall ${requestUsage}`)}`,
  );
}
