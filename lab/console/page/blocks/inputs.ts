import { html, type TemplateResult } from "lit";
import type { Place } from "./elements.ts";
import { renderPlain } from "./text.ts";

export type Pair = [value: string, label: string];

export function renderSelect(
  options: Pair[],
  initial: string | undefined,
  placeholder: string | undefined,
  place: Place,
): TemplateResult {
  const chosen = (event: Event) => place.act((event.target as HTMLSelectElement).value);
  return html`<select aria-label=${place.label} ?disabled=${place.busy} @change=${chosen}>
    <option value="" disabled ?selected=${initial === undefined}>${placeholder ?? "Choose"}</option>
    ${options.map(([value, label]) => html`<option value=${value} ?selected=${value === initial}>${label}</option>`)}
  </select>`;
}

/** Several may be chosen from checkboxes; what is chosen is told as a list from either. */
export function renderChoices(
  type: "radio" | "checkbox",
  options: Pair[],
  initial: (string | undefined)[],
  place: Place,
): TemplateResult {
  const changed = (event: Event) => {
    const boxes = [...(event.currentTarget as HTMLElement).querySelectorAll("input")];
    place.act(boxes.filter(({ checked }) => checked).map(({ value }) => value));
  };
  return html`<fieldset aria-label=${place.label} @change=${changed}>
    ${options.map(
      ([value, label]) =>
        html`<label class="choice">
          <input
            type=${type}
            name=${place.label}
            value=${value}
            ?checked=${initial.includes(value)}
            ?disabled=${place.busy}
          />
          <span>${renderPlain(label)}</span>
        </label>`,
    )}
  </fieldset>`;
}

export function renderField(
  type: "text" | "number" | "date" | "time",
  initial = "",
  placeholder = "",
  place: Place,
): TemplateResult {
  const typed = (event: Event) => place.act((event.target as HTMLInputElement).value || null);
  return html`<input
    type=${type}
    value=${initial}
    placeholder=${placeholder}
    aria-label=${place.label}
    @input=${typed}
  />`;
}

export function renderTextArea(initial = "", placeholder = "", place: Place): TemplateResult {
  const typed = (event: Event) => place.act((event.target as HTMLTextAreaElement).value || null);
  return html`<textarea
    rows="3"
    placeholder=${placeholder}
    aria-label=${place.label}
    .defaultValue=${initial}
    @input=${typed}
  ></textarea>`;
}
