import { html, type SVGTemplateResult, type TemplateResult } from "lit";
import type { Pointing } from "./pointing.ts";

export interface Picture {
  /** What the whole of it is called. */
  label: string;
  /** Classes of its own. */
  kind?: string;
  width: number;
  height: number;
  /** Stands beneath while nothing is pointed at. */
  hint: string;
  drawing: SVGTemplateResult;
}

/** A picture of things; the one that is pointed at, or reached by Tab, is told in whole beneath. */
export function renderPicture(
  pointing: Pointing,
  { label, kind = "", width, height, hint, drawing }: Picture,
): TemplateResult {
  const { point, leave } = pointing;
  return html`<figure class="topology ${kind}">
    <div class="picture" role="group" aria-label=${label}>
      <svg
        viewBox="0 0 ${width} ${height}"
        @focusin=${point}
        @pointerover=${point}
        @focusout=${leave}
        @pointerleave=${leave}
      >
        ${drawing}
      </svg>
    </div>
    <figcaption aria-hidden="true">${pointing.told() ?? hint}</figcaption>
  </figure>`;
}
