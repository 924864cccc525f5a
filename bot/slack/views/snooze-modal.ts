import type { types } from "@slack/bolt";
import { z } from "zod";
import type { SnoozeFields } from "../../domain/snooze.ts";
import { jsonOrNull } from "../../domain/json.ts";
import { section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { plainText, readForm, textInput } from "./form.ts";
import { sentenceView } from "./sentence.ts";
import { code, plain } from "./words.ts";

const snoozeForm = "expiry_snooze";

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
      textInput("until", "Until when?", {
        initial: "7d",
        hint: "7d, 12h, or a last day such as 2026-12-31; at most 90 d.",
        most: 40,
      }),
      textInput("reason", "Why can it wait?", {
        placeholder: "It is switched off on Friday",
        multiline: true,
        most: 500,
      }),
    ],
  };
}

/** Where the form cannot be opened: Slack gives three seconds for it. */
export function snoozeFormlessView(subject: string): Message {
  return sentenceView(
    `⌛ The form could not be opened in time. Click once more, or in one line: ${code(`/cert snooze ${subject} 7d <reason>`)}`,
  );
}

/** What was filled in, of what, and where the answer goes; null: it is not this form. */
export function snoozeOfForm(
  view: unknown,
): { subject: string; responseUrl: string | null; fields: SnoozeFields } | null {
  const filled = readForm(view, snoozeForm);
  const form = filled && metadata.safeParse(jsonOrNull(filled.metadata)).data;
  return filled && form ? { ...form, fields: { until: filled.said("until"), reason: filled.said("reason") } } : null;
}
