import type { types } from "@slack/bolt";
import { visible } from "../../domain/visible.ts";
import { clipped } from "./words.ts";

// Slack's newest blocks: https://docs.slack.dev/reference/block-kit/blocks/data-table-block and …/data-visualization-block.

/** A bar chart; @slack/types has no type of it yet. */
export interface ChartBlock {
  type: "data_visualization";
  block_id?: string;
  title: string;
  chart: {
    type: "bar";
    series: { name: string; data: { label: string; value: number }[] }[];
    axis_config: { categories: string[]; x_label?: string; y_label?: string };
  };
}

type Cell = types.RawTextElement | types.RawNumberElement;

// Slack takes up to 100 rows, 20 columns and 10,000 characters; the message around the table has texts too.
const limits = { rows: 100, text: 8_000, caption: 200, title: 50, label: 20, axis: 50 };

/** A text of others, which is no markup here. */
export const textCell = (text: string, most: number): Cell => ({
  type: "raw_text",
  text: clipped(visible(text).replaceAll(/\s+/g, " ").trim(), most) || "–",
});

/** Sorted by its value, shown by its words. */
export const numberCell = (value: number, words: string): Cell => ({ type: "raw_number", value, text: words || "–" });

/** As many of the rows as fit, and how many do not. */
export function dataTable(
  caption: string,
  { header, rows, pageSize }: { header: string[]; rows: Cell[][]; pageSize: number },
): { table: types.DataTableBlock; left: number } {
  let room = limits.text - header.join("").length;
  const kept = rows.slice(0, limits.rows).filter((row) => {
    room -= row.reduce((sum, { text }) => sum + text.length, 0);
    return room >= 0;
  });
  const named = header.map((name): Cell => ({ type: "raw_text", text: name }));
  return {
    table: {
      type: "data_table",
      caption: clipped(caption, limits.caption),
      rows: [named, ...kept],
      page_size: pageSize,
      row_header_column_index: 0,
    },
    left: rows.length - kept.length,
  };
}

/** `series`: a value for each of the categories. */
export function barChart(
  title: string,
  {
    categories,
    series,
    x,
    y,
  }: { categories: string[]; series: { name: string; values: number[] }[]; x: string; y: string },
): ChartBlock {
  const labels = categories.map((name) => clipped(name, limits.label));
  return {
    type: "data_visualization",
    title: clipped(title, limits.title),
    chart: {
      type: "bar",
      series: series.map(({ name, values }) => ({
        name: clipped(name, limits.label),
        data: labels.map((label, index) => ({ label, value: values[index] ?? 0 })),
      })),
      axis_config: { categories: labels, x_label: clipped(x, limits.axis), y_label: clipped(y, limits.axis) },
    },
  };
}
