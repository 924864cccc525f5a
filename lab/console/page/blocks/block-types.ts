import type { Block } from "../../../slack/blocks/block.ts";
import type { InteractiveElement } from "../../../slack/blocks/elements.ts";

export type { Block } from "../../../slack/blocks/block.ts";
export type { Choice } from "../../../slack/blocks/element-state.ts";
export type { InteractiveElement } from "../../../slack/blocks/elements.ts";

type Of<T, Type> = Extract<T, { type: Type }>;

export type Text = NonNullable<Of<Block, "section">["text"]>;
/** By its address, or as a file that was uploaded. */
export type Image = {
  image_url?: string | undefined;
  slack_file?: { id: string } | { url: string } | undefined;
  alt_text: string;
};
export type Button = Of<InteractiveElement, "button">;
export type Overflow = Of<InteractiveElement, "overflow">;
export type Confirm = NonNullable<Button["confirm"]>;
export type RichPart = Of<Block, "rich_text">["elements"][number];
export type RichLeaf = Of<RichPart, "rich_text_section">["elements"][number];
export type RichStyle = NonNullable<Of<RichLeaf, "text">["style"]>;
export type DataTable = Of<Block, "data_table">;
export type TableCell = DataTable["rows"][number][number];
export type Chart = Of<Block, "data_visualization">["chart"];
export type PlottedChart = Exclude<Chart, { type: "pie" }>;

export interface Option {
  text: Text;
  value: string;
  description?: Text | undefined;
}
