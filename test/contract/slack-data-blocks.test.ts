import { expect, test } from "vitest";
import { readBlocks } from "../../lab/slack/blocks/read-blocks.ts";

const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const cell = (text: string): object => ({ type: "raw_text", text });
const number = (value: number): object => ({ type: "raw_number", value, text: `${value}` });
const table = (more: object = {}): object => ({
  type: "data_table",
  caption: "What ends",
  rows: [[cell("Name"), cell("Days")], ...many(100, (n) => [cell(`service-${n}`), number(n)])],
  ...more,
});
const bars = (more: object = {}, title = "Expiries ahead"): object => ({
  type: "data_visualization",
  title,
  chart: {
    type: "bar",
    series: [{ name: "fine", data: many(20, (n) => ({ label: `${n}`, value: n })) }],
    axis_config: { categories: many(20, (n) => `${n}`), x_label: "days", y_label: "certificates" },
    ...more,
  },
});
const pie = (value: number): object => ({
  type: "data_visualization",
  title: "Shares",
  chart: { type: "pie", segments: [{ label: "fine", value }] },
});

const good: Record<string, object> = {
  "data table": table({ page_size: 100, row_header_column_index: 0 }),
  "data table with rich text": table({
    rows: [[cell("Name")], [{ type: "rich_text", elements: [{ type: "rich_text_section", elements: [] }] }]],
  }),
  "bar chart": bars(),
  "pie chart": pie(1),
};

test.each(Object.entries(good))("a good block is taken: %s", (_, block) => {
  expect(readBlocks([block], "message", "/blocks")).toMatchObject({ ok: true, blocks: [block] });
});

const bad: [string, object[], string[]][] = [
  [
    "a data table without a row under its header",
    [table({ rows: [[cell("Name")]] })],
    ["no fewer than 2 items allowed [json-pointer:/blocks/0/rows]"],
  ],
  [
    "more than 100 rows under it",
    [table({ rows: many(102, () => [cell("a")]) })],
    ["no more than 101 items allowed [json-pointer:/blocks/0/rows]"],
  ],
  [
    "more than 20 columns",
    [table({ rows: many(2, () => many(21, () => cell("a"))) })],
    [
      "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]",
      "no more than 20 items allowed [json-pointer:/blocks/0/rows/1]",
    ],
  ],
  [
    "rows of different length",
    [table({ rows: [[cell("a")], [cell("b"), cell("c")]] })],
    ["all rows must have the same number of cells [json-pointer:/blocks/0/rows/1]"],
  ],
  [
    "an empty cell",
    [table({ rows: [[cell("a")], [cell("")]] })],
    ["must be more than 0 characters [json-pointer:/blocks/0/rows/1/0/text]"],
  ],
  [
    "cells too long together",
    [table({ rows: [[cell("a")], [cell("x".repeat(10_000))]] })],
    ["must be less than 10001 characters in all cells together [json-pointer:/blocks/0/rows]"],
  ],
  ["no caption", [table({ caption: undefined })], ["missing required field: caption [json-pointer:/blocks/0]"]],
  ["a page of 101", [table({ page_size: 101 })], ["must be less than 101 [json-pointer:/blocks/0/page_size]"]],
  [
    "a chart whose labels are not its categories",
    [bars({ axis_config: { categories: ["a"] } })],
    ["data labels must match the axis categories [json-pointer:/blocks/0/chart/series/0/data]"],
  ],
  [
    "two series of one name",
    [
      bars({
        series: many(2, () => ({ name: "fine", data: [{ label: "a", value: 1 }] })),
        axis_config: { categories: ["a"] },
      }),
    ],
    ["series names must be unique [json-pointer:/blocks/0/chart/series/1/name]"],
  ],
  [
    "a title over 50 characters",
    [bars({}, "x".repeat(51))],
    ["must be less than 51 characters [json-pointer:/blocks/0/title]"],
  ],
  [
    "a piece of a pie that is nothing",
    [pie(0)],
    ["must be more than 0 [json-pointer:/blocks/0/chart/segments/0/value]"],
  ],
  ["three charts", many(3, () => bars()), ["no more than 2 data_visualization blocks allowed [json-pointer:/blocks]"]],
];

test.each(bad)("%s is refused at its place", (_, blocks, complaints) => {
  expect(readBlocks(blocks, "message", "/blocks")).toEqual({ ok: false, complaints });
});
