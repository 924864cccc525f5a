import { html, type TemplateResult } from "lit";
import { workspace } from "../wire/workspace.ts";
import type { Choice, InteractiveElement, Option } from "./block-types.ts";
import { renderButton } from "./button.ts";
import "./external-select.ts";
import { type Pair, renderChoices, renderField, renderSelect, renderTextArea } from "./inputs.ts";
import { renderOverflow } from "./overflow.ts";

/** Where an element stands: what using it does, the name it goes by, whether it waits for the bot. */
export interface Place {
  act(choice: Choice): void;
  /** What the bot offers in an external menu while somebody types. */
  suggest(typed: string): Promise<Option[]>;
  label: string;
  busy: boolean;
}

export function renderElement(element: InteractiveElement, place: Place): TemplateResult {
  switch (element.type) {
    case "button":
      return renderButton(element, place);
    case "overflow":
      return renderOverflow(element, place);
    case "static_select":
      return renderSelect(pairs(listed(element)), element.initial_option?.value, element.placeholder?.text, place);
    case "users_select":
      return renderSelect(people(), element.initial_user, element.placeholder?.text, place);
    case "channels_select":
      return renderSelect(channels(), element.initial_channel, element.placeholder?.text, place);
    case "conversations_select":
      return renderSelect(channels(), element.initial_conversation, element.placeholder?.text, place);
    case "radio_buttons":
      return renderChoices("radio", pairs(element.options), [element.initial_option?.value], place);
    case "checkboxes":
      return renderChoices("checkbox", pairs(element.options), valuesOf(element.initial_options), place);
    case "multi_static_select":
      return renderChoices("checkbox", pairs(listed(element)), valuesOf(element.initial_options), place);
    case "multi_users_select":
      return renderChoices("checkbox", people(), element.initial_users ?? [], place);
    case "datepicker":
      return renderField("date", element.initial_date, element.placeholder?.text, place);
    case "timepicker":
      return renderField("time", element.initial_time, element.placeholder?.text, place);
    case "number_input":
      return renderField("number", element.initial_value, element.placeholder?.text, place);
    case "plain_text_input":
      return element.multiline
        ? renderTextArea(element.initial_value, element.placeholder?.text, place)
        : renderField("text", element.initial_value, element.placeholder?.text, place);
    case "external_select":
      return html`<external-select
        .place=${place}
        .initial=${element.initial_option}
        placeholder=${element.placeholder?.text ?? "Type to search"}
      ></external-select>`;
  }
}

type Listed = { options?: Option[] | undefined; option_groups?: { options: Option[] }[] | undefined };

const listed = ({ options, option_groups }: Listed) =>
  options ?? option_groups?.flatMap((group) => group.options) ?? [];
const pairs = (options: Option[]) => options.map(({ value, text }): Pair => [value, text.text]);
const valuesOf = (options: Option[] = []) => options.map(({ value }) => value);
const people = () => workspace.directory?.people.map(({ id, name }): Pair => [id, `@${name}`]) ?? [];
const channels = () => workspace.directory?.channels.map(({ id, name }): Pair => [id, `#${name}`]) ?? [];
