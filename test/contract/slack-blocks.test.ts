import { describe, expect, test } from "vitest";
import { readBlocks } from "../../lab/slack/blocks/read-blocks.ts";
import { readView } from "../../lab/slack/read-view.ts";

const plain = (text: string): object => ({ type: "plain_text", text });
const mrkdwn = (text: string): object => ({ type: "mrkdwn", text });
const option = (value: string): object => ({ text: plain(value), value });
const many = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));
const button = (more: object = {}): object => ({ type: "button", text: plain("Go"), ...more });
const actions = (...elements: object[]): object => ({ type: "actions", elements });
const section = (more: object): object => ({ type: "section", ...more });
const input = (element: object): object => ({ type: "input", label: plain("Label"), element });
const select = (more: object): object => ({ type: "static_select", ...more });

const good: Record<string, object> = {
  section: section({ text: mrkdwn("*bold*"), fields: [plain("a"), mrkdwn("b")], accessory: button() }),
  header: { type: "header", text: plain("x".repeat(150)) },
  divider: { type: "divider" },
  context: {
    type: "context",
    elements: [mrkdwn("a"), { type: "image", image_url: "https://a.test/i.png", alt_text: "i" }],
  },
  buttons: actions(button({ value: "x".repeat(2000), style: "danger" }), button({ url: "https://a.test" })),
  confirm: actions(
    button({ confirm: { title: plain("Sure?"), text: mrkdwn("really"), confirm: plain("Yes"), deny: plain("No") } }),
  ),
  menus: actions(
    select({ options: many(100, (n) => option(`${n}`)), placeholder: plain("Pick") }),
    select({ option_groups: [{ label: plain("group"), options: [option("a")] }] }),
    { type: "external_select", min_query_length: 0 },
    { type: "users_select" },
    { type: "conversations_select", default_to_current_conversation: true },
    { type: "channels_select" },
    { type: "overflow", options: many(5, (n) => option(`${n}`)) },
    { type: "datepicker", initial_date: "2026-11-22" },
    { type: "timepicker", initial_time: "09:30" },
    { type: "radio_buttons", options: [{ text: mrkdwn("*a*"), value: "a" }] },
    { type: "checkboxes", options: many(10, (n) => option(`${n}`)) },
  ),
  "text input": input({ type: "plain_text_input", multiline: true, max_length: 3000 }),
  "number input": input({ type: "number_input", is_decimal_allowed: false }),
  "multi menu": input({ type: "multi_static_select", options: [option("a")], initial_options: [option("a")] }),
  "multi users": input({ type: "multi_users_select", max_selected_items: 3 }),
  image: { type: "image", image_url: "https://a.test/i.png", alt_text: "i", title: plain("i") },
  "rich text": {
    type: "rich_text",
    elements: [
      { type: "rich_text_section", elements: [{ type: "text", text: "a", style: { bold: true } }] },
      { type: "rich_text_list", style: "bullet", elements: [{ type: "rich_text_section", elements: [] }] },
      { type: "rich_text_preformatted", elements: [{ type: "text", text: "b" }] },
      { type: "rich_text_quote", elements: [{ type: "user", user_id: "U0ANA" }] },
    ],
  },
};

test.each(Object.entries(good))("a good block is taken: %s", (_, block) => {
  expect(readBlocks([block], "message", "/blocks")).toMatchObject({ ok: true, blocks: [block] });
});

const bad: [string, object[], string[]][] = [
  ["an unknown block", [{ type: "table" }], ["unsupported type: table [json-pointer:/blocks/0/type]"]],
  ["a block without a type", [{}], ["missing required field: type [json-pointer:/blocks/0]"]],
  [
    "an unknown field",
    [{ type: "divider", color: "red" }],
    ["invalid additional property: color [json-pointer:/blocks/0]"],
  ],
  [
    "an image among buttons",
    [actions({ type: "image", image_url: "https://a.test", alt_text: "a" })],
    ["unsupported type: image [json-pointer:/blocks/0/elements/0/type]"],
  ],
  [
    "more than 50 blocks",
    many(51, () => ({ type: "divider" })),
    ["no more than 50 items allowed [json-pointer:/blocks]"],
  ],
  [
    "a section over 3000 characters",
    [section({ text: mrkdwn("x".repeat(3001)) })],
    ["must be less than 3001 characters [json-pointer:/blocks/0/text/text]"],
  ],
  [
    "an empty text",
    [section({ text: mrkdwn("") })],
    ["must be more than 0 characters [json-pointer:/blocks/0/text/text]"],
  ],
  ["a section with nothing", [section({})], ["must define either `text` or `fields` [json-pointer:/blocks/0/type]"]],
  [
    "a field over 2000 characters",
    [section({ fields: [plain("x".repeat(2001))] })],
    ["must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"],
  ],
  [
    "more than 10 fields",
    [section({ fields: many(11, () => plain("f")) })],
    ["no more than 10 items allowed [json-pointer:/blocks/0/fields]"],
  ],
  [
    "a header over 150 characters",
    [{ type: "header", text: plain("x".repeat(151)) }],
    ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"],
  ],
  [
    "a header in mrkdwn",
    [{ type: "header", text: mrkdwn("*h*") }],
    ["must be a valid enum value: plain_text [json-pointer:/blocks/0/text/type]"],
  ],
  [
    "a button text over 75 characters",
    [actions({ type: "button", text: plain("x".repeat(76)) })],
    ["must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"],
  ],
  [
    "a button value over 2000 characters",
    [actions(button({ value: "x".repeat(2001) }))],
    ["must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]"],
  ],
  [
    "a button style of one's own",
    [actions(button({ style: "default" }))],
    ["must be a valid enum value: primary, danger [json-pointer:/blocks/0/elements/0/style]"],
  ],
  [
    "more than 25 elements",
    [actions(...many(26, () => button()))],
    ["no more than 25 items allowed [json-pointer:/blocks/0/elements]"],
  ],
  [
    "more than 10 context elements",
    [{ type: "context", elements: many(11, () => plain("c")) }],
    ["no more than 10 items allowed [json-pointer:/blocks/0/elements]"],
  ],
  [
    "an action id over 255 characters",
    [actions(button({ action_id: "x".repeat(256) }))],
    ["must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]"],
  ],
  [
    "a block id over 255 characters",
    [{ type: "divider", block_id: "x".repeat(256) }],
    ["must be less than 256 characters [json-pointer:/blocks/0/block_id]"],
  ],
  [
    "an action id used twice in a block",
    [actions(button({ action_id: "a" }), button({ action_id: "a" }))],
    ['`action_id` "a" already exists [json-pointer:/blocks/0/elements/1/action_id]'],
  ],
  [
    "a block id used twice",
    [
      { type: "divider", block_id: "d" },
      { type: "divider", block_id: "d" },
    ],
    ['`block_id` "d" already exists [json-pointer:/blocks/1/block_id]'],
  ],
  [
    "more than 100 options",
    [actions(select({ options: many(101, (n) => option(`${n}`)) }))],
    ["no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"],
  ],
  [
    "a menu without options",
    [actions(select({}))],
    ["must define exactly one of `options` or `option_groups` [json-pointer:/blocks/0/elements/0]"],
  ],
  [
    "an option value over 150 characters",
    [actions(select({ options: [option("x".repeat(75)), { text: plain("o"), value: "x".repeat(151) }] }))],
    ["must be less than 151 characters [json-pointer:/blocks/0/elements/0/options/1/value]"],
  ],
  [
    "an overflow menu with more than 5 options",
    [actions({ type: "overflow", options: many(6, (n) => option(`${n}`)) })],
    ["no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]"],
  ],
  [
    "more than 10 checkboxes",
    [actions({ type: "checkboxes", options: many(11, (n) => option(`${n}`)) })],
    ["no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]"],
  ],
  [
    "a placeholder over 150 characters",
    [actions(select({ options: [option("a")], placeholder: plain("x".repeat(151)) }))],
    ["must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]"],
  ],
  [
    "a date that is none",
    [actions({ type: "datepicker", initial_date: "22.11.2026" })],
    ["must be a date in the format YYYY-MM-DD [json-pointer:/blocks/0/elements/0/initial_date]"],
  ],
  [
    "an image without words for it",
    [{ type: "image", image_url: "https://a.test/i.png" }],
    ["missing required field: alt_text [json-pointer:/blocks/0]"],
  ],
  [
    "a URL that is none",
    [{ type: "image", image_url: "here", alt_text: "i" }],
    ["must be a valid URL [json-pointer:/blocks/0/image_url]"],
  ],
  [
    "a number for a text",
    [section({ text: { type: "mrkdwn", text: 30 } })],
    ["must provide a string [json-pointer:/blocks/0/text/text]"],
  ],
];

test.each(bad)("%s is refused at its place", (_, blocks, complaints) => {
  expect(readBlocks(blocks, "message", "/blocks")).toEqual({ ok: false, complaints });
});

describe("views", () => {
  const modal = { type: "modal", title: plain("T"), blocks: [] };
  const offences: [string, object, string][] = [
    ["no title", { type: "modal", blocks: [] }, "missing required field: title [json-pointer:/view]"],
    ["a Home tab for a modal", { type: "home", blocks: [] }, "must be a modal view [json-pointer:/view/type]"],
    [
      "a submit text over 24 characters",
      { ...modal, submit: plain("x".repeat(25)) },
      "must be less than 25 characters [json-pointer:/view/submit/text]",
    ],
    [
      "private metadata over 3000 characters",
      { ...modal, private_metadata: "x".repeat(3001) },
      "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ],
    [
      "more than 100 blocks",
      { ...modal, blocks: many(101, () => ({ type: "divider" })) },
      "no more than 100 items allowed [json-pointer:/view/blocks]",
    ],
    [
      "a bad block",
      { ...modal, blocks: [{ type: "video" }] },
      "unsupported type: video [json-pointer:/view/blocks/0/type]",
    ],
  ];

  test.each(offences)("%s is refused", (_, view, complaint) => {
    expect(readView(view, "modal")).toMatchObject({ ok: false, error: "invalid_arguments", errors: [complaint] });
  });

  test("a hundred blocks are taken", () => {
    const view = { ...modal, blocks: many(100, () => ({ type: "divider" })) };

    expect(readView(view, "modal")).toMatchObject({ ok: true });
  });
});

test("blocks and elements that came without ids get their own", () => {
  const read = readBlocks([actions(button(), button())], "message", "/blocks");

  expect(read).toMatchObject({
    ok: true,
    blocks: [
      {
        block_id: expect.any(String),
        elements: [{ action_id: expect.any(String) }, { action_id: expect.any(String) }],
      },
    ],
  });
});
