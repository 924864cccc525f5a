import { html, type TemplateResult } from "lit";
import type { Overflow } from "./block-types.ts";
import type { Place } from "./elements.ts";
import { renderText } from "./text.ts";

export function renderOverflow(overflow: Overflow, place: Place): TemplateResult {
  const choose = (event: Event, value: string) => {
    (event.currentTarget as HTMLElement).closest("details")?.removeAttribute("open");
    place.act(value);
  };
  return html`<details class="overflow">
    <summary class="button" aria-label="More: ${place.label}">⋯</summary>
    <div class="menu">
      ${overflow.options.map(
        (option) =>
          html`<button type="button" ?disabled=${place.busy} @click=${(event: Event) => choose(event, option.value)}>
            ${renderText(option.text)}
          </button>`,
      )}
    </div>
  </details>`;
}
