import type { types } from "@slack/bolt";
import { z } from "zod";
import type { FieldProblem } from "../../domain/forms.ts";
import { failureView } from "./refusal.ts";
import { clipped } from "./words.ts";

// What every form is made of. Its blocks are named as the fields are, each with one element.

export const value = "value";

export const plainText = (words: string): types.PlainTextElement => ({ type: "plain_text", text: words, emoji: true });

interface Asked {
  hint?: string | undefined;
  optional?: boolean;
}

interface TextInput extends Asked {
  placeholder?: string;
  initial?: string;
  multiline?: boolean;
  most?: number;
}

export function textInput(
  field: string,
  label: string,
  { placeholder, initial, multiline, most = 200, ...asked }: TextInput,
): types.InputBlock {
  return inputBlock(field, label, asked, {
    type: "plain_text_input",
    action_id: value,
    max_length: most,
    ...(placeholder && { placeholder: plainText(placeholder) }),
    ...(initial && { initial_value: initial }),
    ...(multiline && { multiline }),
  });
}

/** One of what the bot offers while somebody types. `of`: what it offers, by which the bot knows what is asked for. */
export function searchInput(
  field: string,
  label: string,
  { of, initial, placeholder, ...asked }: Asked & { of: string; initial?: string | undefined; placeholder: string },
): types.InputBlock {
  return inputBlock(field, label, asked, {
    type: "external_select",
    action_id: of,
    // Slack would wait for three characters.
    min_query_length: 0,
    placeholder: plainText(placeholder),
    ...(initial && { initial_option: option(initial) }),
  });
}

export function choiceInput(
  field: string,
  label: string,
  choices: { value: string; words: string }[],
): types.InputBlock {
  return inputBlock(
    field,
    label,
    {},
    {
      type: "radio_buttons",
      action_id: value,
      options: choices.map((choice) => ({ value: choice.value, text: plainText(choice.words) })),
    },
  );
}

export function inputBlock(
  field: string,
  label: string,
  { hint, optional }: Asked,
  element: types.InputBlock["element"],
): types.InputBlock {
  return {
    type: "input",
    block_id: field,
    label: plainText(label),
    ...(hint && { hint: plainText(hint) }),
    ...(optional && { optional }),
    element,
  };
}

const longestOption = 75;

/** `about`: a few words under it. */
export function option(name: string, about = ""): types.PlainTextOption {
  return {
    value: name,
    text: plainText(clipped(name, longestOption)),
    ...(about && { description: plainText(clipped(about, longestOption)) }),
  };
}

const entry = z.object({
  value: z.string().nullish(),
  selected_user: z.string().nullish(),
  selected_date: z.string().nullish(),
  selected_option: z.object({ value: z.string() }).nullish(),
});

const submitted = z.object({
  callback_id: z.string(),
  private_metadata: z.string(),
  state: z.object({ values: z.record(z.string(), z.record(z.string(), entry)) }),
});

/**
 * What was filled in, by field; "" where nothing was. In one line: it is quoted in messages, where a second line would look
 * like words of certops.
 */
export interface Filled {
  said: (field: string) => string;
  metadata: string;
}

/** null: it is not that form. */
export function readForm(view: unknown, form: string): Filled | null {
  const { success, data } = submitted.safeParse(view);
  if (!success || data.callback_id !== form) return null;
  return {
    metadata: data.private_metadata,
    said(field) {
      const [filled] = Object.values(data.state.values[field] ?? {});
      const { value: typed, selected_user, selected_date, selected_option } = filled ?? {};
      return inOneLine(typed ?? selected_user ?? selected_date ?? selected_option?.value ?? "");
    },
  };
}

const inOneLine = (text: string) => text.trim().replaceAll(/\s+/g, " ");

/** What Slack takes in answer to a submission that is not taken: errors at their inputs, or a page over the form. */
export type SubmissionAnswer =
  | { response_action: "errors"; errors: Record<string, string> }
  | { response_action: "push"; view: types.ModalView };

/** At each field what is wrong with it; the form stays as it was filled in. */
export function fieldErrors(problems: FieldProblem[]): SubmissionAnswer {
  const errors = Object.fromEntries(
    problems.toReversed().map(({ field, message, hint }) => [field, clipped(`${message} ${hint}`, longestError)]),
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
