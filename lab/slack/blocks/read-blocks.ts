import { randomBytes } from "node:crypto";
import { z } from "zod";
import { complaint, complaints } from "../complaints.ts";
import { MOST_CHARTS } from "./data-blocks.ts";
import { type Block, block, interactiveElements } from "./block.ts";

/** Where blocks are shown: 50 of them in a message, 100 in a modal or on the Home tab. */
export type Surface = "message" | "modal" | "home";

const MOST_BLOCKS = { message: 50, modal: 100, home: 100 } as const;

export type BlocksRead = { ok: true; blocks: Block[] } | { ok: false; complaints: string[] };

/** Checks blocks as strictly as Slack and gives ids to those that came without. `root` is where they stand, such as `/blocks`. */
export function readBlocks(value: unknown[], surface: Surface, root: string): BlocksRead {
  const parsed = z.array(block).max(MOST_BLOCKS[surface]).safeParse(value);
  if (!parsed.success) return { ok: false, complaints: complaints(parsed.error, value, root) };
  const charts = parsed.data.filter(({ type }) => type === "data_visualization");
  if (charts.length > MOST_CHARTS) {
    return {
      ok: false,
      complaints: [complaint(`no more than ${MOST_CHARTS} data_visualization blocks allowed`, root)],
    };
  }
  const doubled = repeatedIds(parsed.data, root);
  if (doubled.length > 0) return { ok: false, complaints: doubled };
  return { ok: true, blocks: parsed.data.map(withIds) };
}

function repeatedIds(blocks: Block[], root: string): string[] {
  const found: string[] = [];
  const blockIds = new Set<string>();
  for (const [index, one] of blocks.entries()) {
    if (one.block_id !== undefined && blockIds.has(one.block_id)) {
      found.push(complaint(`\`block_id\` "${one.block_id}" already exists`, root, [index, "block_id"]));
    }
    if (one.block_id !== undefined) blockIds.add(one.block_id);
    const actionIds = new Set<string>();
    for (const [place, { action_id }] of interactiveElements(one).entries()) {
      if (action_id !== undefined && actionIds.has(action_id)) {
        found.push(
          complaint(`\`action_id\` "${action_id}" already exists`, root, [index, "elements", place, "action_id"]),
        );
      }
      if (action_id !== undefined) actionIds.add(action_id);
    }
  }
  return found;
}

function withIds(one: Block): Block {
  const named = structuredClone(one);
  named.block_id ??= randomId();
  for (const element of interactiveElements(named)) element.action_id ??= randomId();
  return named;
}

function randomId(): string {
  return randomBytes(4).toString("base64url");
}
