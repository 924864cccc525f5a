import { z } from "zod";
import { plainText } from "./blocks/composition.ts";
import { readBlocks } from "./blocks/read-blocks.ts";
import { complaint, complaints } from "./complaints.ts";
import { type Refusal, refuse, refuseFor } from "./refusal.ts";
import type { ViewDefinition } from "./views.ts";
import { jsonOrNull } from "./json.ts";

const MOST_BYTES = 250_000;

const common = {
  blocks: z.array(z.unknown()),
  private_metadata: z.string().max(3000).optional(),
  callback_id: z.string().max(255).optional(),
  external_id: z.string().max(255).optional(),
};

const shell = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("modal"),
    title: plainText(24),
    submit: plainText(24).optional(),
    close: plainText(24).optional(),
    clear_on_close: z.boolean().optional(),
    notify_on_close: z.boolean().optional(),
    ...common,
  }),
  z.strictObject({ type: z.literal("home"), ...common }),
]);

export type ViewRead = { ok: true; view: ViewDefinition } | Refusal;

/** Checks a view as Slack does. `value` is an object, or JSON text as form bodies carry it. */
export function readView(value: unknown, surface: "modal" | "home"): ViewRead {
  const given = typeof value === "string" ? jsonOrNull(value) : value;
  if (JSON.stringify(given ?? null).length > MOST_BYTES) return refuse("view_too_large");
  const parsed = shell.safeParse(given);
  if (!parsed.success) return refuseFor("invalid_arguments", complaints(parsed.error, given, "/view"));
  if (parsed.data.type !== surface) {
    return refuseFor("invalid_arguments", [complaint(`must be a ${surface} view`, "/view", ["type"])]);
  }
  const read = readBlocks(parsed.data.blocks, surface, "/view/blocks");
  if (!read.ok) return refuseFor("invalid_arguments", read.complaints);
  const input = read.blocks.findIndex(({ type }) => type === "input");
  if (parsed.data.type === "modal" && input >= 0 && !parsed.data.submit) {
    const text = "must define `submit` to use an `input` block in modals";
    return refuseFor("invalid_arguments", [complaint(text, "/view", ["blocks", input, "input"])]);
  }
  return { ok: true, view: { ...parsed.data, blocks: read.blocks } };
}
