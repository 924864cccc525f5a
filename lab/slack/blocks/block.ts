import { z } from "zod";
import { altText, anyText, id, plainText, url } from "./composition.ts";
import { dataTable, dataVisualization } from "./data-blocks.ts";
import { accessory, action, type Element, image, input, type InteractiveElement } from "./elements.ts";
import { richText } from "./rich-text.ts";

const block_id = id.optional();

const section = z
  .strictObject({
    type: z.literal("section"),
    block_id,
    text: anyText(3000).optional(),
    fields: z.array(anyText(2000)).min(1).max(10).optional(),
    accessory: accessory.optional(),
    expand: z.boolean().optional(),
  })
  .refine(({ text, fields }) => text !== undefined || fields !== undefined, {
    message: "must define either `text` or `fields`",
    path: ["type"],
  });

const picture = z
  .strictObject({
    type: z.literal("image"),
    block_id,
    image_url: url.optional(),
    slack_file: z.union([z.strictObject({ id }), z.strictObject({ url })]).optional(),
    alt_text: altText,
    title: plainText(2000).optional(),
  })
  .refine(({ image_url, slack_file }) => (image_url === undefined) !== (slack_file === undefined), {
    message: "must define either `image_url` or `slack_file`",
    path: ["type"],
  });

export const block = z.discriminatedUnion("type", [
  section,
  z.strictObject({ type: z.literal("header"), block_id, text: plainText(150) }),
  z.strictObject({ type: z.literal("divider"), block_id }),
  z.strictObject({
    type: z.literal("context"),
    block_id,
    elements: z
      .array(z.discriminatedUnion("type", [image, ...anyText(3000).options]))
      .min(1)
      .max(10),
  }),
  z.strictObject({ type: z.literal("actions"), block_id, elements: z.array(action).min(1).max(25) }),
  z.strictObject({
    type: z.literal("input"),
    block_id,
    label: plainText(2000),
    element: input,
    hint: plainText(2000).optional(),
    optional: z.boolean().optional(),
    dispatch_action: z.boolean().optional(),
  }),
  picture,
  richText,
  dataTable,
  dataVisualization,
]);

/** A block as an app wrote it; kept with ids once Slack took it. */
export type Block = z.infer<typeof block>;

/** Every element of a block that carries an action id. */
export function interactiveElements(of: Block): InteractiveElement[] {
  const elements: Element[] = [];
  if (of.type === "section" && of.accessory) elements.push(of.accessory);
  if (of.type === "actions") elements.push(...of.elements);
  if (of.type === "input") elements.push(of.element);
  return elements.filter((element) => element.type !== "image");
}
