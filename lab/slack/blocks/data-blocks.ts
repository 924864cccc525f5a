import { z } from "zod";
import { id } from "./composition.ts";
import { richText } from "./rich-text.ts";

// https://docs.slack.dev/reference/block-kit/blocks/data-table-block and …/data-visualization-block. Where what Slack wrote
// of a limit differs from one time to another, it is the narrower one.

const block_id = id.optional();

const TABLE = { rows: 101, columns: 20, pageSize: 100, text: 10_000 } as const;

const plainCell = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("raw_text"), text: z.string().min(1) }),
  z.strictObject({ type: z.literal("raw_number"), value: z.number(), text: z.string().min(1) }),
]);
const cell = z.discriminatedUnion("type", [...plainCell.options, richText]);

/** Pages, sorts and filters by itself. The first row is the header. */
export const dataTable = z
  .strictObject({
    type: z.literal("data_table"),
    block_id,
    caption: z.string().min(1),
    rows: z.array(z.array(cell).min(1).max(TABLE.columns)).min(2).max(TABLE.rows),
    page_size: z.int().min(1).max(TABLE.pageSize).optional(),
    row_header_column_index: z.int().min(0).optional(),
  })
  .superRefine(({ rows }, context) => {
    const [header = []] = rows;
    const uneven = rows.findIndex((row) => row.length !== header.length);
    const complain = (message: string, path: PropertyKey[]) => context.addIssue({ code: "custom", message, path });
    if (uneven >= 0) complain("all rows must have the same number of cells", ["rows", uneven]);
    const rich = header.findIndex(({ type }) => type === "rich_text");
    if (rich >= 0) complain("unsupported type: rich_text", ["rows", 0, rich, "type"]);
    const length = rows.flat().reduce((sum, one) => sum + ("text" in one ? one.text.length : 0), 0);
    if (length > TABLE.text) complain(`must be less than ${TABLE.text + 1} characters in all cells together`, ["rows"]);
  });

const CHART = { title: 50, label: 20, axis: 50, series: 6, segments: 6, points: 20 } as const;

const label = z.string().min(1).max(CHART.label);

const series = z
  .array(
    z.strictObject({
      name: label,
      data: z
        .array(z.strictObject({ label, value: z.number() }))
        .min(1)
        .max(CHART.points),
    }),
  )
  .min(1)
  .max(CHART.series);

const axis_config = z.strictObject({
  categories: z.array(label).min(1).max(CHART.points),
  x_label: z.string().min(1).max(CHART.axis).optional(),
  y_label: z.string().min(1).max(CHART.axis).optional(),
});

const overAxes = <Type extends string>(type: Type) =>
  z.strictObject({ type: z.literal(type), series, axis_config }).superRefine((chart, context) => {
    const { categories } = chart.axis_config;
    const names = chart.series.map(({ name }) => name);
    for (const [index, { name, data }] of chart.series.entries()) {
      const path = ["series", index];
      if (names.indexOf(name) !== index)
        context.addIssue({ code: "custom", message: "series names must be unique", path: [...path, "name"] });
      const labels = data.map((point) => point.label);
      if (labels.length !== categories.length || categories.some((one) => !labels.includes(one)))
        context.addIssue({
          code: "custom",
          message: "data labels must match the axis categories",
          path: [...path, "data"],
        });
    }
  });

const pie = z.strictObject({
  type: z.literal("pie"),
  segments: z
    .array(z.strictObject({ label, value: z.number().refine((value) => value > 0, "must be more than 0") }))
    .min(1)
    .max(CHART.segments),
});

export const dataVisualization = z.strictObject({
  type: z.literal("data_visualization"),
  block_id,
  title: z.string().min(1).max(CHART.title),
  chart: z.discriminatedUnion("type", [pie, overAxes("bar"), overAxes("area"), overAxes("line")]),
});

/** Slack takes so many in one message. */
export const MOST_CHARTS = 2;
