import { html, type TemplateResult } from "lit";
import type { Button } from "./block-types.ts";
import type { Place } from "./elements.ts";
import { renderPlain } from "./text.ts";

export function renderButton(button: Button, place: Place): TemplateResult {
  const label = button.accessibility_label ?? button.text.text;
  const pressed = () => place.act(null);
  if (button.url) {
    return html`<a
      class="button ${button.style ?? ""}"
      href=${button.url}
      target="_blank"
      rel="noreferrer noopener"
      @click=${pressed}
      >${renderPlain(button.text.text)}</a
    >`;
  }
  return html`<button
    type="button"
    class="button ${button.style ?? ""}"
    aria-label=${label}
    ?disabled=${place.busy}
    data-action=${button.action_id ?? ""}
    @click=${pressed}
  >
    ${renderPlain(button.text.text)}
  </button>`;
}
