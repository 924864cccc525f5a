import type { types } from "@slack/bolt";
import { visible } from "../../domain/visible.ts";
import type { ChartBlock } from "./newest.ts";

export type Block = types.KnownBlock | ChartBlock;

/** `text` is what a notification, a screen reader or a client without blocks shows. */
export interface Message {
  text: string;
  blocks: Block[];
}

// Slack refuses a whole message for one block over its limit, so nothing is built past these builders.
const limits = {
  blocks: 50,
  viewBlocks: 100,
  /** All texts of a message together: Slack refuses somewhat above this. */
  texts: 12_000,
  header: 150,
  section: 3_000,
  field: 2_000,
  context: 2_000,
  label: 75,
  alt: 2_000,
  value: 2_000,
  fallback: 3_000,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
};

/** A message of any number of blocks: what Slack has no room for is left out, and said to be. What can be clicked stays. */
export function message(text: string, blocks: (Block | null)[]): Message {
  const all = blocks.filter((block) => block !== null);
  const clickable = all.filter(({ type }) => type === "actions").length;
  let places = limits.blocks - clickable - 1;
  let room = limits.texts;
  const kept = all.filter((block) => {
    if (block.type === "actions") return true;
    places -= 1;
    room -= textLength(block);
    return places >= 0 && room >= 0;
  });
  const left = all.length - kept.length;
  const note = left === 0 ? [] : [context(`_…and ${left} more parts that Slack has no room for_`)];
  return { text: clip(unmarked(text), limits.fallback), blocks: [...kept, ...note] };
}

/** The blocks of a modal or of the Home tab, cut to what Slack has room for, and said to be. */
export function viewBlocks(blocks: (Block | null)[]): Block[] {
  const all = blocks.filter((block) => block !== null);
  if (all.length <= limits.viewBlocks) return all;
  const kept = all.slice(0, limits.viewBlocks - 1);
  return [...kept, context(`_…and ${all.length - kept.length} more parts that Slack has no room for_`)];
}

/** With an id that stays from one drawing to the next, so that Slack keeps its place on the screen. */
export const named = <B extends Block>(id: string, block: B): B => ({ ...block, block_id: id });

/** A fallback text is read as markup too: of its tokens only the names of people and channels stay. Twice is as once. */
function unmarked(text: string): string {
  return visible(text)
    .replaceAll(/&(?!(?:amp|lt|gt);)/g, "&amp;")
    .replaceAll(/(<(?:@[UW]|#C)[A-Z0-9]+>)|[<>]/g, (mark, token?: string) => token ?? (mark === "<" ? "&lt;" : "&gt;"));
}

function textLength(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === "text" && typeof inner === "string" ? inner.length : textLength(inner)),
    0,
  );
}

export function header(text: string): Block {
  return { type: "header", text: { type: "plain_text", text: clip(text, limits.header), emoji: true } };
}

export function section(markdown: string): Block {
  return { type: "section", text: mrkdwn(markdown, limits.section) };
}

/** A file that was uploaded to Slack, by its id there. `alt`: what it shows, in words. */
export function picture(file: string, alt: string): Block {
  return { type: "image", slack_file: { id: file }, alt_text: clip(alt, limits.alt) };
}

/** A section with a button beside it. */
export function sectionBeside(accessory: types.Button, markdown: string): Block {
  return { type: "section", text: mrkdwn(markdown, limits.section), accessory };
}

/** Up to ten pairs of a bold name and its value, set in two columns. */
export function fields(pairs: [name: string, value: string][]): Block {
  return {
    type: "section",
    fields: pairs.slice(0, 10).map(([name, value]) => mrkdwn(`*${name}*\n${value || "–"}`, limits.field)),
  };
}

export function context(markdown: string): Block {
  return { type: "context", elements: [mrkdwn(markdown, limits.context)] };
}

/** `verbatim`: what others wrote becomes no link and no mention; `<…>` tokens are explicit and stay what they are. */
function mrkdwn(text: string, limit: number): types.MrkdwnElement {
  return { type: "mrkdwn", text: clip(text, limit), verbatim: true };
}

export const divider: Block = { type: "divider" };

export function actions(buttons: types.Button[]): Block | null {
  return buttons.length === 0 ? null : { type: "actions", elements: buttons.slice(0, 25) };
}

/** `value` comes back with the click; it must never be cut, so one that is too long is a defect of the caller. */
export function button(label: string, actionId: string, value: string, style?: "primary" | "danger"): types.Button {
  if (value.length > limits.value) throw new RangeError(`a button's value of ${value.length} characters`);
  return {
    type: "button",
    action_id: actionId,
    value,
    text: { type: "plain_text", text: clip(label, limits.label), emoji: true },
    ...(style && { style }),
  };
}

/** Asked once more before the click counts. Plain text: no markup. */
export function confirmed(asked: types.Button, question: { title: string; text: string; yes: string }): types.Button {
  const plain = (text: string, limit: number) => ({ type: "plain_text" as const, text: clip(text, limit) });
  return {
    ...asked,
    confirm: {
      title: plain(question.title, limits.confirmTitle),
      text: plain(question.text, limits.confirmText),
      confirm: plain(question.yes, limits.confirmButton),
      deny: plain("Back", limits.confirmButton),
    },
  };
}

/** A button that opens a page. Slack tells of the click too, which then asks for nothing. */
export function linkButton(label: string, actionId: string, url: string, style?: "primary"): types.Button {
  return {
    type: "button",
    action_id: actionId,
    url,
    text: { type: "plain_text", text: clip(label, limits.label), emoji: true },
    ...(style && { style }),
  };
}

/** As many of the lines as fit into one section, and how many do not. */
export function lines(all: string[], most: number): string {
  const shown: string[] = [];
  let room = limits.section - 40;
  for (const line of all.slice(0, most)) {
    room -= line.length + 1;
    if (room < 0) break;
    shown.push(line);
  }
  const more = all.length - shown.length;
  return [...shown, ...(more > 0 ? [`_…and ${more} more_`] : [])].join("\n");
}

/** Cut to the limit without leaving half of a `<…>` token or of a `code` span. */
function clip(text: string, limit: number): string {
  if (text.length <= limit) return text || " ";
  let cut = text.slice(0, limit - 2);
  if (cut.lastIndexOf("<") > cut.lastIndexOf(">")) cut = cut.slice(0, cut.lastIndexOf("<"));
  if ((cut.split("`").length - 1) % 2 === 1) cut = cut.slice(0, cut.lastIndexOf("`"));
  return `${cut.replace(/[\uD800-\uDBFF]$/, "").trimEnd()}…`;
}
