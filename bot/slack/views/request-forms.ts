import type { types } from "@slack/bolt";
import { z } from "zod";
import type { Review } from "../../domain/asked.ts";
import { jsonOrNull } from "../../domain/json.ts";
import type { ClickedView, RequestForm } from "../../operations/delivered.ts";
import { section } from "./blocks.ts";
import { choiceInput, inputBlock, plainText, readForm, textInput, value } from "./form.ts";
import { forms, type Form } from "./request-menu.ts";
import { named } from "./standing-of.ts";

const callback = (form: Form) => `request_${form}`;

/** What a form is about, and where the answer to it goes. */
export interface FormAbout {
  id: string;
  /** Ends "it asks for …". */
  asksFor: string;
  responseUrl: string | null;
  /** Where it is opened, where that is no message. */
  view?: ClickedView | undefined;
}

const metadata = z.object({
  id: z.string(),
  responseUrl: z.string().nullable(),
  view: z.object({ id: z.string(), surface: z.enum(["home", "modal"]) }).optional(),
});

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
export function requestForm(form: Form, { id, asksFor, responseUrl, view }: FormAbout): types.ModalView {
  const { title, submit, label, placeholder, optional } = looks[form];
  return {
    type: "modal",
    callback_id: callback(form),
    private_metadata: JSON.stringify({ id, responseUrl, view } satisfies z.infer<typeof metadata>),
    title: plainText(title),
    submit: plainText(submit),
    close: plainText("Cancel"),
    blocks: [
      section(`${named(id, asksFor)}${form === "break-glass" ? `\n🚨 ${warning}` : ""}`),
      ...(form === "hand-over" ? [whom] : []),
      ...(form === "review" ? [found] : []),
      textInput("text", label, { placeholder, optional, multiline: true, most: 500 }),
    ],
  };
}

const whom = inputBlock(
  "to",
  "Who is to decide it?",
  { hint: "One of those who may. The others still may as well." },
  { type: "users_select", action_id: value },
);

const verdicts: Record<NonNullable<Review["verdict"]>, string> = {
  justified: "It was justified",
  "not-justified": "It was not justified",
};

const found = choiceInput(
  "verdict",
  "Was it right to let it through alone?",
  Object.entries(verdicts).map(([verdict, words]) => ({ value: verdict, words })),
);

/** What was filled in; null: it is none of these forms. */
export function requestFormOf(
  view: unknown,
): (Omit<RequestForm, "kind" | "user"> & { responseUrl: string | null; view?: ClickedView }) | null {
  for (const form of forms) {
    const filled = readForm(view, callback(form));
    const about = filled && metadata.safeParse(jsonOrNull(filled.metadata)).data;
    if (!filled || !about) continue;
    const { said } = filled;
    const { id, responseUrl, view: openedIn } = about;
    return {
      form,
      id,
      responseUrl,
      ...(openedIn && { view: openedIn }),
      text: said("text"),
      to: said("to"),
      justified: said("verdict") === "justified",
    };
  }
  return null;
}
