import type { Block } from "../blocks/block-types.ts";
import type { View } from "../wire/workspace-types.ts";

/** An input as it was sent last, in place of how it was at first: a form that lay under another view comes back filled in. */
export function filledIn(block: Block, { state }: View): Block {
  if (block.type !== "input") return block;
  const { element } = block;
  const entry = state.values[block.block_id ?? ""]?.[element.action_id ?? ""];
  const given = Object.entries(entry ?? {}).filter(([name, value]) => name !== "type" && value !== null);
  const initial = Object.fromEntries(
    given.map(([name, value]) => [name.replace(/^(?:selected_)?/, "initial_"), value]),
  );
  return { ...block, element: { ...element, ...initial } as typeof element };
}
