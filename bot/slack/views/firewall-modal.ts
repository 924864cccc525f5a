import type { types } from "@slack/bolt";
import { z } from "zod";
import { requestUsage } from "../../domain/firewall/parse-request.ts";
import { tellDuration } from "../../domain/duration.ts";
import type { FirewallPolicy } from "../../domain/firewall/policy.ts";
import type { WishField, WishFields } from "../../domain/firewall/wish.ts";
import { tellZone } from "../../domain/firewall/zones.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { context } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { failureView } from "./refusal.ts";
import { sentenceView } from "./sentence.ts";
import { code } from "./words.ts";

export const requestForm = "firewall_request";

const value = "value";

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
      text("from", "Who is to be let through?", { placeholder: "service-a", hint: end }),
      text("to", "To whom?", { placeholder: "service-b", hint: end }),
      text("ports", "Protocol and port", {
        placeholder: "tcp/8443",
        hint: "tcp/8443, udp/53, or a range: tcp/8000-8010",
      }),
      text("reason", "What for?", { placeholder: "The nightly export reads from it", multiline: true, most: 500 }),
      text("valid", "For how long?", {
        initial: usual,
        hint: `90d, 12h, or a last day such as 2026-12-31; at most ${tellDuration(longest)}. "forever" takes two approvers.`,
      }),
      {
        type: "input",
        block_id: "start",
        optional: true,
        label: plainText("From which day on?"),
        hint: plainText("Empty: as soon as it is approved."),
        element: { type: "datepicker", action_id: value, placeholder: plainText("At once") },
      },
      {
        type: "input",
        block_id: "owner",
        optional: true,
        label: plainText("Who answers for it?"),
        hint: plainText("Is asked before it ends whether it is still needed."),
        element: { type: "users_select", action_id: value, initial_user: user },
      },
      text("ticket", "Ticket", { placeholder: "OPS-4711", optional: true }),
    ],
  };
}

interface TextInput {
  placeholder?: string;
  hint?: string;
  initial?: string;
  multiline?: boolean;
  most?: number;
  optional?: boolean;
}

function text(
  field: WishField,
  label: string,
  { placeholder, hint, initial, multiline, most = 200, optional }: TextInput,
): types.InputBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label),
    ...(hint && { hint: plainText(hint) }),
    ...(optional && { optional }),
    element: {
      type: "plain_text_input",
      action_id: value,
      max_length: most,
      ...(placeholder && { placeholder: plainText(placeholder) }),
      ...(initial && { initial_value: initial }),
      ...(multiline && { multiline }),
    },
  };
}

const plainText = (words: string): types.PlainTextElement => ({ type: "plain_text", text: words, emoji: true });

const entry = z.object({
  value: z.string().nullish(),
  selected_user: z.string().nullish(),
  selected_date: z.string().nullish(),
});

const submitted = z.object({
  callback_id: z.literal(requestForm),
  private_metadata: z.string(),
  state: z.object({ values: z.record(z.string(), z.record(z.string(), entry)) }),
});

/** What was filled in, and where the answer goes; null: it is not this form. */
export function formOf(view: unknown): { fields: WishFields; responseUrl: string | null } | null {
  const read = submitted.safeParse(view);
  if (!read.success) return null;
  const { values } = read.data.state;
  const said = (field: WishField) => {
    const filled = values[field]?.[value];
    return filled?.value ?? filled?.selected_user ?? filled?.selected_date ?? "";
  };
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
    responseUrl: responseUrlIn(read.data.private_metadata),
  };
}

function responseUrlIn(text: string): string | null {
  try {
    return metadata.parse(JSON.parse(text)).responseUrl;
  } catch {
    return null;
  }
}

/** Where the form cannot be opened: Slack gives three seconds for it. */
export function formlessView(): Message {
  return sentenceView(
    `⌛ The form could not be opened in time. Ask once more, or in one line: ${code(`/firewall ${requestUsage}`)}`,
  );
}

/** What Slack takes in answer to a submission that is not taken: errors at their inputs, or a page over the form. */
export type SubmissionAnswer =
  | { response_action: "errors"; errors: Record<string, string> }
  | { response_action: "push"; view: types.ModalView };

/** What is wrong with one field of a form. */
export interface FieldRefusal extends Refusal {
  field: string;
}

/** At each field what is wrong with it; the form stays as it was filled in. */
export function fieldErrors(refusals: FieldRefusal[]): SubmissionAnswer {
  const errors = Object.fromEntries(
    refusals.toReversed().map(({ field, message, hint }) => [field, clipped(`${message} ${hint}`)]),
  );
  return { response_action: "errors", errors };
}

/** What is about no field of it: over the form, which is under it as it was filled in. */
export function formProblem(
  problem: { code: string; message: string; hint: string },
  title = "Not asked yet",
): SubmissionAnswer {
  return {
    response_action: "push",
    view: {
      type: "modal",
      title: plainText(title),
      close: plainText("Back"),
      blocks: failureView(problem).blocks,
    },
  };
}

const longestError = 290;

const clipped = (sentence: string) =>
  sentence.length <= longestError ? sentence : `${sentence.slice(0, longestError - 1).trimEnd()}…`;
