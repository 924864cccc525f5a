import { describe, expect, test } from "vitest";
import { planFor } from "../../bot/domain/plan.ts";
import { draw } from "../../bot/slack/views/request.ts";
import { linesOf, spoken } from "../../bot/web/spoken.ts";
import { aRequest, aService } from "../support/renewal-fixtures.ts";

const runs = (markup: string) => linesOf(markup).flatMap((line) => line.runs);

describe("Slack's markup without markup", () => {
  test.each([
    ["plain", [{ text: "plain", as: "plain" }]],
    [
      "a *bold* word",
      [
        { text: "a ", as: "plain" },
        { text: "bold", as: "bold" },
        { text: " word", as: "plain" },
      ],
    ],
    ["`*not bold*`", [{ text: "*not bold*", as: "code" }]],
    [
      "_so_ it_is_so",
      [
        { text: "so", as: "italic" },
        { text: " it_is_so", as: "plain" },
      ],
    ],
    ["&lt;script&gt; &amp;amp;", [{ text: "<script> &amp;", as: "plain" }]],
    [
      "by <@U0BEN>",
      [
        { text: "by ", as: "plain" },
        { text: "@U0BEN", as: "name", id: "U0BEN" },
      ],
    ],
    ["<!subteam^S0PLATFORM>", [{ text: "@S0PLATFORM", as: "name", id: "S0PLATFORM" }]],
    [
      "<!date^1790000000^{date_short_pretty} {time_secs}|2026-09-21 14:13:20 UTC>",
      [{ text: "2026-09-21 14:13:20 UTC", as: "time", at: 1_790_000_000_000 }],
    ],
    [
      "*until `x` <@U0BEN>*",
      [
        { text: "until ", as: "bold" },
        { text: "x", as: "code" },
        { text: " ", as: "bold" },
        { text: "@U0BEN", as: "name", id: "U0BEN" },
      ],
    ],
  ])("%s", (markup, expected) => {
    expect(runs(markup)).toEqual(expected);
  });

  test("what says how something is stays as a sign, what only adorns goes, and what people wrote stays as it is", () => {
    const told = linesOf("• `a-1` ✅ fresh\n⚠️ ❔ not seen\n🔏 *Asked* 1️⃣ by\n>🔥 now");
    expect(told.map((line) => line.runs.map(({ text }) => text).join(""))).toEqual([
      "• a-1 ✓ fresh",
      "⚠ ? not seen",
      "Asked 1️⃣ by",
      "🔥 now",
    ]);
  });

  test("lines, quotes and blocks stay apart", () => {
    expect(linesOf("one\n>two\n```\n# a *plan*\n  + b\n```\nthree")).toEqual([
      { quoted: false, runs: [{ text: "one", as: "plain" }] },
      { quoted: true, runs: [{ text: "two", as: "plain" }] },
      { quoted: false, runs: [{ text: "# a *plan*\n  + b", as: "block" }] },
      { quoted: false, runs: [{ text: "three", as: "plain" }] },
    ]);
  });
});

test("a renewal's plan keeps every word of its message, and what others wrote stays text", () => {
  const service = aService();
  const request = aRequest({ plan: planFor(service), reason: "*<!channel> & `x`*" });
  const { said, proposal } = draw(request);
  const parts = spoken([{ type: "section", text: { type: "mrkdwn", text: said } }, ...proposal]);
  const told = JSON.stringify(parts);
  for (const words of [
    "service-a.example.com",
    "pki/service-a",
    "2m",
    "EC P-256",
    "all 2 instances at once",
    "Served when it was asked for",
  ])
    expect(told).toContain(words);
  expect(told).toContain("<!channel> & ");
  expect(told).not.toContain("&lt;");
});
