import { z } from "zod";
import type { Block } from "./blocks/block.ts";
import { readBlocks } from "./blocks/read-blocks.ts";
import { jsonOrNull } from "./json.ts";
import type { Metadata } from "./messages.ts";
import { type Refusal, refuse, refuseFor } from "./refusal.ts";

/** Characters of all texts in one message's blocks together; Slack refuses at about this many. */
const MOST_BLOCK_TEXT = 13_200;
const MOST_METADATA_BYTES = 15_000;

const metadataSchema = z.strictObject({
  event_type: z.string().regex(/^\w+$/).max(255),
  event_payload: z.record(z.string(), z.json()),
});

/** What a caller gave: values, or JSON text as form bodies carry it. */
interface Given {
  text?: string | undefined;
  blocks?: unknown;
  metadata?: unknown;
}

export interface Content {
  ok: true;
  text: string;
  blocks?: Block[];
  metadata?: Metadata;
}

/** Checks what a message is to show. `longestText` is the limit of the method, in characters. */
export function readContent({ text = "", blocks, metadata }: Given, longestText: number): Content | Refusal {
  if (text.length > longestText) return refuse("msg_too_long");
  const content: Content = { ok: true, text };
  if (blocks !== undefined) {
    const list = decoded(blocks);
    if (!Array.isArray(list)) return refuse("invalid_blocks_format");
    const read = readBlocks(list, "message", "/blocks");
    if (!read.ok) return refuseFor("invalid_blocks", read.complaints);
    if (textLength(read.blocks) > MOST_BLOCK_TEXT) return refuse("msg_blocks_too_long");
    content.blocks = read.blocks;
  }
  if (metadata !== undefined) {
    const value = decoded(metadata);
    if (typeof value !== "object" || value === null) return refuse("invalid_metadata_format");
    if (JSON.stringify(value).length > MOST_METADATA_BYTES) return refuse("metadata_too_large");
    const parsed = metadataSchema.safeParse(value);
    if (!parsed.success) return refuse("invalid_metadata_schema");
    content.metadata = parsed.data;
  }
  if (text === "" && !content.blocks?.length) return refuse("no_text");
  return content;
}

function decoded(value: unknown): unknown {
  return typeof value === "string" ? jsonOrNull(value) : value;
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, one) => sum + textLength(one), 0);
  if (typeof value !== "object" || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === "text" && typeof inner === "string" ? inner.length : textLength(inner)),
    0,
  );
}
