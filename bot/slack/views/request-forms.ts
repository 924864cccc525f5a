import type { types } from "@slack/bolt";
import { z } from "zod";
import type { Review } from "../../domain/asked.ts";
import type { RequestForm } from "../../operations/ports.ts";
import { forms, type Form } from "./request-menu.ts";
import { section } from "./blocks.ts";
import { named } from "./standing-of.ts";

const value = "value";
const callback = (form: Form) => `request_${form}`;

/** What a form is about, and where the answer to it goes. */
export interface FormAbout {
  id: string;
  /** Ends "it asks for …". */
  asksFor: string;
  responseUrl: string | null;
}

const metadata = z.object({ id: z.string(), responseUrl: z.string().nullable() });

const looks: Record<Form, { title: string; submit: string; label: string; placeholder: string; optional: boolean }> = {
  deny: {
    title: "Deny",
    submit: "Deny",
    label: "Why not?",
    placeholder: "Not while the audit runs: ask again on Monday",
    optional: false,
  },
  withdraw: {
    title: "Withdraw",
    submit: "Withdraw",
    label: "Why?",
    placeholder: "It is no longer needed",
    optional: true,
  },
  "break-glass": {
    title: "Break the glass",
    submit: "Let it through",
    label: "Why can it not wait for the others?",
    placeholder: "The old key is out, and nobody else answers",
    optional: false,
  },
  comment: { title: "Comment", submit: "Say it", label: "What is to be said?", placeholder: "", optional: false },
  "hand-over": {
    title: "Hand over",
    submit: "Hand over",
    label: "What should they know?",
    placeholder: "I am off at five",
    optional: true,
  },
  review: {
    title: "Review",
    submit: "Reviewed",
    label: "What did you find?",
    placeholder: "The key was out indeed; the rest of the team was unreachable",
    optional: false,
  },
};

const warning =
  "One person alone lets it through: everybody in the channel is told at once, and somebody else reviews it.";

/** The form of one thing to do with a request. */
export function requestForm(form: Form, { id, asksFor, responseUrl }: FormAbout): types.ModalView {
  const { title, submit, label, placeholder, optional } = looks[form];
  return {
    type: "modal",
    callback_id: callback(form),
    private_metadata: JSON.stringify({ id, responseUrl } satisfies z.infer<typeof metadata>),
    title: plainText(title),
    submit: plainText(submit),
    close: plainText("Cancel"),
    blocks: [
      section(`${named(id, asksFor)}${form === "break-glass" ? `\n🚨 ${warning}` : ""}`),
      ...(form === "hand-over" ? [whom] : []),
      ...(form === "review" ? [found] : []),
      {
        type: "input",
        block_id: "text",
        optional,
        label: plainText(label),
        element: {
          type: "plain_text_input",
          action_id: value,
          multiline: true,
          max_length: 500,
          ...(placeholder && { placeholder: plainText(placeholder) }),
        },
      },
    ],
  };
}

const whom: types.InputBlock = {
  type: "input",
  block_id: "to",
  label: { type: "plain_text", text: "Who is to decide it?" },
  hint: { type: "plain_text", text: "One of those who may. The others still may as well." },
  element: { type: "users_select", action_id: value },
};

const verdicts: Record<NonNullable<Review["verdict"]>, string> = {
  justified: "It was justified",
  "not-justified": "It was not justified",
};

const found: types.InputBlock = {
  type: "input",
  block_id: "verdict",
  label: { type: "plain_text", text: "Was it right to let it through alone?" },
  element: {
    type: "radio_buttons",
    action_id: value,
    options: Object.entries(verdicts).map(([verdict, text]) => ({
      text: { type: "plain_text", text },
      value: verdict,
    })),
  },
};

const plainText = (words: string): types.PlainTextElement => ({ type: "plain_text", text: words, emoji: true });

const entry = z.object({
  value: z.string().nullish(),
  selected_user: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const submitted = z.object({
  callback_id: z.string(),
  private_metadata: z.string(),
  state: z.object({ values: z.record(z.string(), z.record(z.string(), entry)) }),
});

/** What was filled in; null: it is none of these forms. */
export function requestFormOf(
  view: unknown,
): (Omit<RequestForm, "kind" | "user"> & { responseUrl: string | null }) | null {
  const read = submitted.safeParse(view).data;
  const form = forms.find((one) => callback(one) === read?.callback_id);
  if (read === undefined || form === undefined) return null;
  const about = metadata.safeParse(jsonIn(read.private_metadata)).data;
  if (about === undefined) return null;
  const said = (field: string) => read.state.values[field]?.[value];
  return {
    ...about,
    form,
    text: said("text")?.value ?? "",
    to: said("to")?.selected_user ?? "",
    justified: said("verdict")?.selected_option?.value === "justified",
  };
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
