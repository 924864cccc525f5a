import { expect, test } from "vitest";
import type { PairWhy } from "../../bot/operations/explain-pair.ts";
import { pairWhyView } from "../../bot/slack/views/pair-why.ts";
import { renderText } from "../../bot/terminal.ts";
import { now, shown, verdict } from "../support/view-fixtures.ts";

const why = (changes: Partial<PairWhy> = {}): PairWhy => ({
  source: "service-a",
  destination: "service-b",
  side: "caller",
  code: "CERT_HAS_EXPIRED",
  serial: "aa:00",
  cause: "The client's certificate has expired.",
  fix: "Renew it: /cert renew service-a",
  evidence: [
    "It noted 5 s ago that it turned away aa:00.",
    "It answered a call of <shop> 1 s ago. That was another instance.",
  ],
  unasked: ["service-b/b-2"],
  ...changes,
});

const inTerminal = (of: PairWhy) => renderText({ kind: "pair-why", why: of }, now);

test.each([
  ["caller", "service-a"],
  ["called", "service-b"],
  ["network", "the way between them"],
] as const)("that it fails at the %s is said with cause, side, fix and what tells so", (side, where) => {
  const view = pairWhyView(why({ side }));
  expect(verdict(view)).toBe("taken");
  for (const said of [
    "Why service-a → service-b fails",
    "❌ The client's certificate has expired.",
    `*Side:* \`${where}\``,
    "*Fix:* Renew it: /cert renew service-a",
    "• It noted 5 s ago that it turned away aa:00.\\n• It answered a call of &lt;shop&gt; 1 s ago.",
    "❔ `service-b/b-2` could not be asked whom they turned away.",
  ])
    expect(shown(view)).toContain(said);

  expect(inTerminal(why({ side })).split("\n")).toEqual([
    "service-a → service-b  The client's certificate has expired.",
    `  side:  ${where}`,
    "  fix:   Renew it: certops renew service-a",
    "  It noted 5 s ago that it turned away aa:00.",
    "  It answered a call of <shop> 1 s ago. That was another instance.",
    "  service-b/b-2 could not be asked whom it turned away",
  ]);
});

test("where nothing is in its way neither a side nor a fix is said, only what tells so", () => {
  const well = why({ side: null, code: null, serial: null, cause: "Nothing is known to be in its way.", fix: null });
  const view = pairWhyView(well);
  expect(verdict(view)).toBe("taken");
  expect(shown(view)).toContain("service-a → service-b: nothing in its way");
  expect(shown(view)).toContain("✅ Nothing is known to be in its way.");
  expect(shown(view)).toContain("• It noted 5 s ago");
  for (const text of [shown(view), inTerminal(well)]) expect(text).not.toMatch(/side:|fix:/i);
});
