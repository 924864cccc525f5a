import { html, nothing, type TemplateResult } from "lit";
import type { Block, Choice, Image, InteractiveElement, Option } from "./block-types.ts";
import { renderChart } from "./chart.ts";
import "./data-table.ts";
import { renderElement } from "./elements.ts";
import { renderRichText } from "./rich-text.ts";
import { renderPlain, renderText } from "./text.ts";

/** What the surface that shows the blocks (a message, a modal, the Home tab) does when an element is used. */
export interface Surface {
  act(block: Block, element: InteractiveElement, choice: Choice): void;
  suggest(block: Block, element: InteractiveElement, typed: string): Promise<Option[]>;
  busy: boolean;
  /** Sentences the bot sent back, by block id. */
  errors?: Record<string, string>;
}

export function renderBlock(block: Block, surface: Surface): TemplateResult {
  switch (block.type) {
    case "header":
      return html`<h3 class="block header">${renderPlain(block.text.text)}</h3>`;
    case "divider":
      return html`<hr class="block" />`;
    case "section":
      return html`<div class="block section">
        <div class="words">
          ${block.text ? html`<div class="text">${renderText(block.text)}</div>` : nothing}
          ${block.fields ? html`<div class="fields">${block.fields.map((field) => html`<div>${renderText(field)}</div>`)}</div>` : nothing}
        </div>
        ${accessory(block, surface)}
      </div>`;
    case "context":
      return html`<div class="block context">
        ${block.elements.map((element) => (element.type === "image" ? picture(element) : html`<span>${renderText(element)}</span>`))}
      </div>`;
    case "actions":
      return html`<div class="block actions" role="group" aria-label="Actions">
        ${block.elements.map((element) => place(block, element, element.type, surface))}
      </div>`;
    case "input":
      return inputBlock(block, surface);
    case "image":
      return html`<figure class="block">
        <a href=${sourceOf(block)} target="_blank" rel="noreferrer noopener">${picture(block)}</a>
        <figcaption>${block.title?.text ?? ""}</figcaption>
      </figure>`;
    case "rich_text":
      return renderRichText(block.elements);
    case "data_table":
      return html`<data-table-block .table=${block}></data-table-block>`;
    case "data_visualization":
      return renderChart(block.title, block.chart);
  }
}

type Of<Type> = Extract<Block, { type: Type }>;

function accessory(block: Of<"section">, surface: Surface): TemplateResult | typeof nothing {
  if (!block.accessory) return nothing;
  const shown =
    block.accessory.type === "image"
      ? picture(block.accessory)
      : place(block, block.accessory, block.text?.text ?? "", surface);
  return html`<div class="accessory">${shown}</div>`;
}

function inputBlock(block: Of<"input">, surface: Surface): TemplateResult {
  const error = surface.errors?.[block.block_id ?? ""];
  return html`<div class="block input ${error ? "refused" : ""}">
    <div class="label">
      ${renderPlain(block.label.text)}${block.optional ? html` <small>optional</small>` : nothing}
    </div>
    ${place(block, block.element, block.label.text, surface)}
    ${block.hint ? html`<small>${renderPlain(block.hint.text)}</small>` : nothing}
    ${error ? html`<p class="error" role="alert">${error}</p>` : nothing}
  </div>`;
}

function place(block: Block, element: InteractiveElement, label: string, surface: Surface): TemplateResult {
  return renderElement(element, {
    label,
    busy: surface.busy,
    act: (choice) => surface.act(block, element, choice),
    suggest: (typed) => surface.suggest(block, element, typed),
  });
}

const picture = (image: Image) => html`<img src=${sourceOf(image)} alt=${image.alt_text} loading="lazy" />`;

function sourceOf({ image_url, slack_file }: Image): string {
  if (slack_file === undefined) return image_url ?? "";
  return "id" in slack_file ? `/workspace/files/${encodeURIComponent(slack_file.id)}` : slack_file.url;
}
