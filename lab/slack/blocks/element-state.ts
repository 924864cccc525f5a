import { z } from "zod";
import type { Block } from "./block.ts";
import { interactiveElements } from "./block.ts";
import type { InteractiveElement } from "./elements.ts";

/** What a person picked or typed: a value, several, nothing, or a whole option. */
export type Choice = string | string[] | { value: string; text?: unknown } | null;

/** One element's entry in `state.values`. */
export type StateEntry = { type: string; [field: string]: unknown };
/** `state.values` as Slack sends it: by block id, then by action id. */
export type StateValues = Record<string, Record<string, StateEntry>>;

export type Chosen = { ok: true; entry: StateEntry } | { ok: false; problem: string };

/**
 * Turns a person's choice into the entry Slack would send, if the element offers it. Buttons have none. `supplied`: what the
 * app offered in an external menu.
 */
export function choose(element: InteractiveElement, choice: Choice, supplied: { value: string }[] = []): Chosen {
  const { type } = element;
  const entry = (fields: Record<string, unknown>): Chosen => ({ ok: true, entry: { type, ...fields } });
  const values = valuesOf(choice);
  const [first = null] = values;
  switch (element.type) {
    case "button":
      return entry({});
    case "plain_text_input":
    case "number_input":
      return entry({ value: first });
    case "static_select":
    case "radio_buttons":
    case "overflow": {
      if (first === null) return entry({ selected_option: null });
      const picked = offered(element).find(({ value }) => value === first);
      return picked ? entry({ selected_option: picked }) : notOffered(first, element);
    }
    case "multi_static_select":
    case "checkboxes": {
      const picked = values.map((wanted) => offered(element).find(({ value }) => value === wanted));
      const missing = values.find((_, index) => picked[index] === undefined);
      return missing === undefined ? entry({ selected_options: picked }) : notOffered(missing, element);
    }
    case "external_select": {
      if (first === null) return entry({ selected_option: null });
      const { initial_option } = element;
      const picked = [...supplied, ...(initial_option ? [initial_option] : [])].find(({ value }) => value === first);
      return picked
        ? entry({ selected_option: picked })
        : { ok: false, problem: `${first} was not among what the app offered` };
    }
    case "users_select":
      return entry({ selected_user: first });
    case "multi_users_select":
      return entry({ selected_users: values });
    case "conversations_select":
      return entry({ selected_conversation: first });
    case "channels_select":
      return entry({ selected_channel: first });
    case "datepicker":
      return first === null || z.iso.date().safeParse(first).success
        ? entry({ selected_date: first })
        : { ok: false, problem: `${first} is not a date in the format YYYY-MM-DD` };
    case "timepicker":
      return entry({ selected_time: first });
  }
}

/** The state of blocks before anybody touched them. */
export function initialState(blocks: Block[]): StateValues {
  const values: StateValues = {};
  for (const block of blocks) {
    for (const element of interactiveElements(block)) {
      if (element.type === "button" || element.type === "overflow") continue;
      const chosen = choose(element, initialChoice(element));
      if (!chosen.ok) continue;
      const row = (values[block.block_id ?? ""] ??= {});
      row[element.action_id ?? ""] = chosen.entry;
    }
  }
  return values;
}

/** Whether a person still has to fill this in. */
export function isEmpty(entry: StateEntry | undefined): boolean {
  const { type: _type, ...fields } = entry ?? { type: "none" };
  return Object.values(fields).every((value) => value === null || value === "" || (Array.isArray(value) && !value[0]));
}

function initialChoice(element: InteractiveElement): Choice {
  if ("initial_value" in element) return element.initial_value ?? null;
  if ("initial_option" in element) return element.initial_option ?? null;
  if ("initial_options" in element) return element.initial_options?.map(({ value }) => value) ?? null;
  if ("initial_user" in element) return element.initial_user ?? null;
  if ("initial_users" in element) return element.initial_users ?? null;
  if ("initial_conversation" in element) return element.initial_conversation ?? null;
  if ("initial_channel" in element) return element.initial_channel ?? null;
  if ("initial_date" in element) return element.initial_date ?? null;
  if ("initial_time" in element) return element.initial_time ?? null;
  return null;
}

function offered(element: InteractiveElement): { value: string }[] {
  const groups = "option_groups" in element ? (element.option_groups ?? []) : [];
  const single = "options" in element ? (element.options ?? []) : [];
  return [...single, ...groups.flatMap(({ options }) => options)];
}

function valuesOf(choice: Choice): string[] {
  if (choice === null) return [];
  if (Array.isArray(choice)) return choice;
  return [typeof choice === "string" ? choice : choice.value];
}

function notOffered(value: string, element: InteractiveElement): Chosen {
  const values = offered(element).map((one) => one.value);
  return { ok: false, problem: `${value} is not among the options: ${values.join(", ")}` };
}
