import { describe, expect, test } from "vitest";
import type { Digest, DigestLine } from "../../bot/domain/digest.ts";
import type { Outlook } from "../../bot/domain/outlook.ts";
import { outlookBars } from "../../bot/domain/outlook-bars.ts";
import { answerView } from "../../bot/slack/views/answer.ts";
import type { Message } from "../../bot/slack/views/blocks.ts";
import { digestView } from "../../bot/slack/views/digest.ts";
import { outlookChartView } from "../../bot/slack/views/outlook.ts";
import { answer, now, row, shown, verdict } from "../support/view-fixtures.ts";

const tableIn = ({ blocks }: Message) => blocks.flatMap((block) => (block.type === "data_table" ? [block] : []));
const [hour, day] = [3_600_000, 86_400_000];

describe("by Slack's newest blocks", () => {
  test("a thousand certificates with long names are tables that Slack takes, and turning them shows each once", () => {
    const rows = Array.from({ length: 1_000 }, (_, index) => {
      const names = [`n${index}.${"long.".repeat(40)}example.com`];
      const place = { service: null, instance: "i", endpoint: `${"h".repeat(200)}:443`, owner: "o".repeat(60) };
      return { ...row(index, { names }), places: [place, place] };
    });
    const seen = new Set<string>();
    for (let page = 0; page < 25; page += 1) {
      const view = answerView(answer({ rows }), { args: ["expiring"], page, now, newest: true });
      expect(verdict(view)).toBe("taken");
      expect(shown(view)).toContain(`page ${page + 1} of 25`);
      for (const [name] of JSON.stringify(tableIn(view)).matchAll(/"n\d+\./g)) seen.add(name);
    }
    expect(seen.size).toBe(1_000);
  });

  test("a row of the table is sorted by what it counts, and shows it in words", () => {
    const own = { ...row(0, { names: ["a\u202eb <!channel>"] }), service: null, places: [] };
    const [table] = tableIn(answerView(answer({ rows: [own] }), { args: ["expiring"], page: 0, now, newest: true }));
    const [name, where, owner, state, ends, left] = table?.rows[1] ?? [];
    expect([name, where, owner]).toMatchObject([{ text: "ab <!channel>" }, { text: "–" }, { text: "–" }]);
    expect(state).toMatchObject({ text: "✅ well" });
    expect(ends).toMatchObject({ value: (now + 1_000) / 1_000, text: "2026-11-22 09:00:01 UTC" });
    expect(left).toMatchObject({ text: "in 1 s" });
  });

  test("one that was asked for is told in full, as before", () => {
    const view = answerView(answer({ rows: [row(0)] }), { args: ["show", "a"], page: 0, now, newest: true });
    expect(tableIn(view)).toEqual([]);
    expect(shown(view)).toContain("*SHA-256*");
  });

  test("a digest of thousands is one table, and says how many it has no room for", () => {
    const line = (index: number): DigestLine => ({
      state: "expiring",
      level: "7 d",
      name: `n${index}.example.com`,
      owner: "payments",
      subject: "a",
      endpoints: ["a/b"],
      serial: "aa",
      notAfter: now,
      why: "w".repeat(300),
    });
    const digest: Digest = {
      type: "digest",
      at: now,
      since: null,
      within: "within 30 d",
      counts: { expired: 0, expiring: 3_000, failing: 0, silent: 0, watched: 9_000 },
      owners: [{ owner: null, lines: Array.from({ length: 3_000 }, (_, index) => line(index)) }],
      silent: [],
      resolved: [],
      unchanged: 0,
      snoozed: 0,
      ground: [],
      frozen: [],
    };
    const view = digestView(digest, true);
    expect(verdict(view)).toBe("taken");
    const [table, ...others] = tableIn(view);
    expect(others).toEqual([]);
    const told = (table?.rows.length ?? 0) - 1;
    expect(told).toBeGreaterThan(30);
    expect(shown(view)).toContain(`…and ${3_000 - told} more`);
    expect(verdict(digestView({ ...digest, owners: [] }, true))).toBe("taken");
  });

  test("the picture is a chart of how many end within what time, and how they are", () => {
    const mark = (left: number, count: number, state: Outlook["lanes"][number]["marks"][number]["state"]) => ({
      notAfter: now + left,
      count,
      state,
      label: "a",
    });
    const lanes = [
      { name: "payments", marks: [mark(2 * hour, 3, "near"), mark(10 * day, 5, "fine")] },
      { name: "shop", marks: [mark(day, 1, "silent"), mark(20 * day, 2, "fine")] },
    ];
    const outlook: Outlook = {
      type: "outlook",
      at: now,
      lanes,
      more: 0,
      counts: { expired: 0, near: 3, fine: 7, silent: 1 },
    };
    expect(outlookBars(outlook)).toEqual({
      categories: ["1 day", "1 week", "30 days"],
      series: [
        { state: "fine", values: [0, 0, 7] },
        { state: "near", values: [3, 0, 0] },
        { state: "expired", values: [0, 0, 0] },
        { state: "silent", values: [1, 0, 0] },
      ],
    });
    const view = outlookChartView(outlook);
    if (view === null) throw new Error("no chart");
    expect(verdict(view)).toBe("taken");
    expect(view.text).toContain("3 near their end");
    expect(outlookChartView({ ...outlook, lanes: [] })).toBeNull();
    const far = { ...outlook, lanes: [{ name: "a", marks: [mark(-day, 1, "expired"), mark(4_000 * day, 1, "fine")] }] };
    expect(outlookBars(far)?.categories).toHaveLength(8);
  });
});
