import { html, nothing, type TemplateResult } from "lit";
import { lab } from "../wire/lab-feed.ts";
import { workspace } from "../wire/workspace.ts";
import type { Text } from "./block-types.ts";
import { formatDate } from "./date-token.ts";
import { type Sign, splitEmoji } from "./emoji.ts";
import { type Node, parseMrkdwn } from "./mrkdwn.ts";

export type Rendered = TemplateResult | typeof nothing | string;

export const renderText = (text: Text): Rendered =>
  text.type === "mrkdwn" ? renderMrkdwn(text.text) : renderPlain(text.text);

export const renderMrkdwn = (text: string): TemplateResult => html`${parseMrkdwn(text).map(renderNode)}`;

export const renderPlain = (text: string): TemplateResult =>
  html`${splitEmoji(text).map((part) => (typeof part === "string" ? part : renderSign(part)))}`;

const renderSign = ({ glyph, tone, name }: Sign): TemplateResult =>
  html`<span class="emoji ${tone}" role="img" aria-label=${name}>${glyph}</span>`;

export const renderUser = (id: string, label: string | null = null): TemplateResult =>
  html`<span class="mention">@${workspace.person(id)?.name ?? label ?? id}</span>`;

export function renderChannel(id: string, label: string | null = null): TemplateResult {
  const channel = workspace.directory?.channels.find((known) => known.id === id);
  return html`<span class="mention">#${channel?.name ?? label ?? id}</span>`;
}

export function renderGroup(id: string, label: string | null = null): TemplateResult {
  const group = workspace.directory?.groups.find((known) => known.id === id);
  return html`<span class="mention">@${group?.handle ?? label?.replace(/^@/, "") ?? id}</span>`;
}

/** Only web and mail addresses become links: a message may carry any scheme. */
export function renderLink(url: string, label: string): Rendered {
  if (!/^(https?|mailto):/i.test(url)) return label;
  return html`<a href=${url} target="_blank" rel="noreferrer noopener">${renderPlain(label)}</a>`;
}

export function renderDate(seconds: number, format: string, fallback: string): TemplateResult {
  const zone = workspace.person(workspace.me)?.tz ?? "UTC";
  const shown = Number.isFinite(seconds) ? formatDate(seconds, format, { zone, now: lab.now() }) : fallback;
  const exact = Number.isFinite(seconds) ? new Date(seconds * 1000).toISOString() : "";
  return html`<time datetime=${exact} title="${exact} · shown in ${zone}">${shown}</time>`;
}

function renderNode(node: Node): Rendered {
  switch (node.type) {
    case "text":
      return renderPlain(node.text);
    case "code":
      return html`<code>${node.text}</code>`;
    case "pre":
      return html`<pre>${node.text}</pre>`;
    case "bold":
      return html`<strong>${node.children.map(renderNode)}</strong>`;
    case "italic":
      return html`<em>${node.children.map(renderNode)}</em>`;
    case "strike":
      return html`<s>${node.children.map(renderNode)}</s>`;
    case "quote":
      return html`<blockquote>${node.children.map(renderNode)}</blockquote>`;
    case "link":
      return renderLink(node.url, node.label);
    case "user":
      return renderUser(node.id, node.label);
    case "channel":
      return renderChannel(node.id, node.label);
    case "group":
      return renderGroup(node.id, node.label);
    case "broadcast":
      return html`<span class="mention">${node.text}</span>`;
    case "date":
      return node.url
        ? html`<a href=${node.url} rel="noreferrer noopener"
            >${renderDate(node.seconds, node.format, node.fallback)}</a
          >`
        : renderDate(node.seconds, node.format, node.fallback);
    case "break":
      return html`<br />`;
  }
}
