import type { types } from "@slack/bolt";
import { z } from "zod";
import type { SnoozeField, SnoozeFields } from "../../domain/snooze.ts";
import { section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { sentenceView } from "./sentence.ts";
import { code, plain } from "./words.ts";

export const snoozeForm = "expiry_snooze";

const value = "value";

const metadata = z.object({ subject: z.string(), responseUrl: z.string().nullable() });

/** Until when, and why. */
export function snoozeModal(form: z.infer<typeof metadata>): types.ModalView {
  return {
    type: "modal",
    callback_id: snoozeForm,
    private_metadata: JSON.stringify(form),
    title: plainText("Snooze"),
    submit: plainText("Snooze"),
    close: plainText("Cancel"),
    blocks: [
      section(`Nothing new is told of *${plain(form.subject)}* until then. Its message stays and says so.`),
      input("until", "Until when?", {
        type: "plain_text_input",
        action_id: value,
        initial_value: "7d",
        max_length: 40,
      }),
      input("reason", "Why can it wait?", {
        type: "plain_text_input",
        action_id: value,
        multiline: true,
        max_length: 500,
        placeholder: plainText("It is switched off on Friday"),
      }),
    ],
  };
}

function input(field: SnoozeField, label: string, element: types.PlainTextInput): types.InputBlock {
  const hint = field === "until" ? { hint: plainText("7d, 12h, or a last day such as 2026-12-31; at most 90 d.") } : {};
  return { type: "input", block_id: field, label: plainText(label), element, ...hint };
}

/** Where the form cannot be opened: Slack gives three seconds for it. */
export function snoozeFormlessView(subject: string): Message {
  return sentenceView(
    `⌛ The form could not be opened in time. Click once more, or in one line: ${code(`/cert snooze ${subject} 7d <reason>`)}`,
  );
}

const plainText = (words: string): types.PlainTextElement => ({ type: "plain_text", text: words, emoji: true });

const entry = z.record(z.string(), z.object({ value: z.string().nullish() }));

const submitted = z.object({
  callback_id: z.literal(snoozeForm),
  private_metadata: z.string(),
  state: z.object({ values: z.object({ until: entry, reason: entry }) }),
});

/** What was filled in, of what, and where the answer goes; null: it is not this form. */
export function snoozeOfForm(
  view: unknown,
): { subject: string; responseUrl: string | null; fields: SnoozeFields } | null {
  const read = submitted.safeParse(view);
  if (!read.success) return null;
  const { state, private_metadata } = read.data;
  const { until, reason } = state.values;
  const form = metadata.safeParse(jsonOrNull(private_metadata));
  if (!form.success) return null;
  return { ...form.data, fields: { until: until[value]?.value ?? "", reason: reason[value]?.value ?? "" } };
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
