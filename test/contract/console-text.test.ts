import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { formatDate } from "../../lab/console/page/blocks/date-token.ts";
import { splitEmoji } from "../../lab/console/page/blocks/emoji.ts";
import { type Node, parseMrkdwn } from "../../lab/console/page/blocks/mrkdwn.ts";
import { duration, lifetime, shortSerial } from "../../lab/console/page/instances/lifetime.ts";
import { problemLines } from "../../lab/console/page/shell/problem-lines.ts";
import { seal } from "../../lab/console/page/instances/seal.ts";

const text = (value: string): Node => ({ type: "text", text: value });

describe("mrkdwn", () => {
  test.each<[string, Node[]]>([
    [
      "*bold* and _it_",
      [{ type: "bold", children: [text("bold")] }, text(" and "), { type: "italic", children: [text("it")] }],
    ],
    ["*_both_*", [{ type: "bold", children: [{ type: "italic", children: [text("both")] }] }]],
    ["~gone~", [{ type: "strike", children: [text("gone")] }]],
    ["snake_case_name 2*3*4", [text("snake_case_name 2*3*4")]],
    ["* no bold *", [text("* no bold *")]],
    ["`a *b* <@U1>`", [{ type: "code", text: "a *b* <@U1>" }]],
    ["```\none &lt;\ntwo\n```", [{ type: "pre", text: "one <\ntwo" }]],
    ["&lt;script&gt; &amp;amp;", [text("<script> &amp;")]],
    [
      "<@U0ANA> in <#C1|certs>",
      [{ type: "user", id: "U0ANA", label: null }, text(" in "), { type: "channel", id: "C1", label: "certs" }],
    ],
    [
      "<!subteam^S1|@ops> <!here>",
      [{ type: "group", id: "S1", label: "@ops" }, text(" "), { type: "broadcast", text: "@here" }],
    ],
    ["<https://a.example/?x=1&amp;y=2|A>", [{ type: "link", url: "https://a.example/?x=1&y=2", label: "A" }]],
    [
      "<!date^0^{date}^https://a.example|then>",
      [{ type: "date", seconds: 0, format: "{date}", url: "https://a.example", fallback: "then" }],
    ],
    ["one\ntwo", [text("one"), { type: "break" }, text("two")]],
    [
      "&gt; said\n&gt; more\nend",
      [{ type: "quote", children: [text("said"), { type: "break" }, text("more")] }, text("end")],
    ],
    ["an open ``` fence", [text("an open ``` fence")]],
  ])("%j", (written, expected) => {
    expect(parseMrkdwn(written)).toEqual(expected);
  });
});

describe("dates", () => {
  const noon = Date.parse("2026-11-22T12:00:00Z");
  const at = (iso: string) => Date.parse(iso) / 1000;
  test("stand in the reader's zone", () => {
    const format = (zone: string) =>
      formatDate(at("2026-11-22T23:30:15Z"), "{date_short_pretty} {time_secs}", { zone, now: noon });
    expect(format("Europe/London")).toBe("today 23:30:15");
    expect(format("Europe/Madrid")).toBe("tomorrow 00:30:15");
    expect(format("America/New_York")).toBe("today 18:30:15");
  });

  test("far ones are written out, unknown formats stay, the past is told in words", () => {
    const there = { zone: "UTC", now: noon };
    expect(formatDate(at("2027-01-02T03:04:00Z"), "{date_long_pretty} at {time}", there)).toMatch(
      /^Saturday,? 2 January 2027 at 03:04$/,
    );
    expect(formatDate(0, "{era}", there)).toBe("{era}");
    expect(formatDate(at("2026-11-22T11:58:00Z"), "{ago}", there)).toBe("2 minutes ago");
  });
});

describe("emoji", () => {
  test("are signs in the page's colours, as characters and as shortcodes", () => {
    expect(splitEmoji("✅ ok :x: ⚠️!")).toMatchObject([
      { tone: "good" },
      " ok ",
      { tone: "bad" },
      " ",
      { tone: "warn" },
      "!",
    ]);
  });

  test("whichever the bot uses is drawn: a machine without an emoji font shows no box", () => {
    const folder = join(import.meta.dirname, "../../bot/slack");
    const source = globSync("**/*.ts", { cwd: folder }).map((file) => readFileSync(join(folder, file), "utf8"));
    const used = new Set(source.join("").match(/\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F/gu));
    expect(used.size).toBeGreaterThan(10);
    const left = [...used].filter((emoji) => typeof splitEmoji(emoji)[0] === "string" || splitEmoji(emoji).length > 1);
    expect(left).toEqual([]);
    // U+26BF, the squared key, is in none of Debian's usual fonts.
    expect(splitEmoji("🔑")).toMatchObject([{ glyph: "⚷", name: "key" }]);
  });

  test("an unknown shortcode and a time of day stay text", () => {
    expect(splitEmoji(":made_up: at 12:30:45")).toEqual([":made_up:", " at 12:30:45"]);
  });
});

describe("problems", () => {
  test("are sentences, each said once, and two lines at most", () => {
    expect(problemLines([])).toEqual([]);
    expect(problemLines(["bot stopped with exit code 0", "The bot does not answer."])).toEqual([
      "bot stopped with exit code 0.",
      "The bot does not answer.",
    ]);
    const away = (code: string) => `Vault at https://127.0.0.1:8200 does not answer (${code}).`;
    expect(problemLines([away("ECONNREFUSED"), away("ECONNREFUSED"), away("ECONNRESET")])).toHaveLength(1);
    expect(problemLines(["one", "two.", "three..", "two", "four"])).toEqual(["one.", "two. +2 more"]);
  });
});

describe("a certificate's life", () => {
  const life = { since: 0, notAfter: 120_000 };
  test.each([
    [0, "fresh", 1],
    [96_000, "fresh", 0.2],
    [97_000, "due", 23 / 120],
    [120_000, "expired", 0],
    [500_000, "expired", 0],
  ])("at %i ms it is %s", (now, word, share) => {
    expect(lifetime(life, now)).toMatchObject({ word, share });
  });

  test("is told in as many places as a glance can take", () => {
    expect([0, 9_000, 107_000, 7_389_000, 273_600_000].map(duration)).toEqual([
      "0:00",
      "0:09",
      "1:47",
      "2:03:09",
      "3 d 4 h",
    ]);
    expect(shortSerial("67:69:aa:bb:87:29")).toBe("67:69…87:29");
  });
});

describe("a seal", () => {
  const serial = "67:69:aa:bb:87:29:10:11:12:13:14:15:16:17:18:19:20:21:22:23";
  test("is the same for the same serial, and another for another", () => {
    expect(seal(serial)).toEqual(seal(serial));
    expect(seal(serial.replace("67", "68"))).not.toEqual(seal(serial));
  });

  test("leaves the middle to the countdown and stays inside the ring", () => {
    const radii = seal(serial)
      .flatMap((path) => path.slice(1, -1).split("L"))
      .map((point) => Math.hypot(...point.split(" ").map(Number)));
    expect(Math.min(...radii)).toBeGreaterThan(40);
    expect(Math.max(...radii)).toBeLessThan(88);
  });
});
