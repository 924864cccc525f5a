import { html, type TemplateResult } from "lit";
import type { RichLeaf, RichPart, RichStyle } from "./block-types.ts";
import { type Rendered, renderChannel, renderDate, renderGroup, renderLink, renderPlain, renderUser } from "./text.ts";

export const renderRichText = (parts: RichPart[]): TemplateResult =>
  html`<div class="block rich-text">${parts.map(renderPart)}</div>`;

function renderPart(part: RichPart): TemplateResult {
  switch (part.type) {
    case "rich_text_section":
      return html`<p>${part.elements.map(renderLeaf)}</p>`;
    case "rich_text_quote":
      return html`<blockquote>${part.elements.map(renderLeaf)}</blockquote>`;
    case "rich_text_preformatted":
      return html`<pre>${part.elements.map(renderLeaf)}</pre>`;
    case "rich_text_list": {
      const items = part.elements.map((item) => html`<li>${item.elements.map(renderLeaf)}</li>`);
      return part.style === "ordered"
        ? html`<ol>
            ${items}
          </ol>`
        : html`<ul>
            ${items}
          </ul>`;
    }
  }
}

function renderLeaf(leaf: RichLeaf): Rendered {
  switch (leaf.type) {
    case "text":
      return styled(renderPlain(leaf.text), leaf.style);
    case "link":
      return styled(renderLink(leaf.url, leaf.text ?? leaf.url), leaf.style);
    case "user":
      return renderUser(leaf.user_id);
    case "channel":
      return renderChannel(leaf.channel_id);
    case "usergroup":
      return renderGroup(leaf.usergroup_id);
    case "emoji":
      return renderPlain(`:${leaf.name}:`);
    case "broadcast":
      return html`<span class="mention">@${leaf.range}</span>`;
    case "date":
      return renderDate(leaf.timestamp, leaf.format, leaf.fallback ?? "");
  }
}

function styled(content: Rendered, style: RichStyle | undefined): Rendered {
  if (!style) return content;
  let shown = content;
  if (style.code) shown = html`<code>${shown}</code>`;
  if (style.bold) shown = html`<strong>${shown}</strong>`;
  if (style.italic) shown = html`<em>${shown}</em>`;
  if (style.underline) shown = html`<u>${shown}</u>`;
  if (style.strike) shown = html`<s>${shown}</s>`;
  return shown;
}
