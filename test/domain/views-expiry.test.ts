import { expect, test } from "vitest";
import type { ExpiryNotice } from "../../bot/domain/expiry-notice.ts";
import { expiryView } from "../../bot/slack/views/expiry.ts";
import { time } from "../../bot/slack/views/words.ts";
import { now, shown, verdict } from "../support/view-fixtures.ts";

const later = now + 3_600_000;

const ending = (where: string, notAfter: number) => ({
  where,
  serial: "aa:01",
  notBefore: null,
  notAfter,
  unreachedSince: null,
});

const notice = (level: string, changes: Partial<ExpiryNotice> = {}): ExpiryNotice => ({
  subject: "service-a",
  kind: "service",
  owner: "payments",
  level,
  told: [level],
  endings: [ending("a-1", now)],
  blast: { callers: [{ name: "shop", how: "seen" }], calls: [{ name: "ledger", how: "seen" }] },
  renewal: null,
  snooze: null,
  over: null,
  ...changes,
});

test.each([
  ["30 d", "If nobody renews it, *shop* cannot call it", "which will turn it away"],
  ["expired", "Until somebody renews it, *shop* cannot call it", "which turn it away"],
])("who is hurt will be at %s, or is by now", (level, callers, calls) => {
  const view = expiryView(notice(level), null);
  expect(verdict(view)).toBe("taken");
  expect(shown(view)).toContain(callers);
  expect(shown(view)).toContain(calls);
});

test.each([
  ["one instance", [ending("a-1", now)], `at \`a-1\` from ${time(now)} on.`],
  [
    "several, the first and the last",
    [ending("a-1", now), ending("a-2", now + 60_000), ending("a-3", later)],
    `at \`a-1\` from ${time(now)} on, and at the last of these from ${time(later)} on.`,
  ],
])("when and where callers fail is said of %s, in the reader's own time", (_, endings, said) => {
  const view = expiryView(notice("30 d", { endings }), null);
  expect(verdict(view)).toBe("taken");
  expect(time(now)).toMatch(/^<!date\^1\d{9}\^[^|]+\|2026-11-22/);
  expect(shown(view)).toContain(`💥 If nobody renews it, *shop* cannot call it ${said}`);
});

test.each([
  ["30 d", "If nobody"],
  ["expired", "Until somebody"],
])("callers that nobody knows of fail too at %s", (level, who) => {
  const view = expiryView(notice(level, { blast: { callers: [], calls: [] } }), null);
  expect(verdict(view)).toBe("taken");
  expect(shown(view)).toContain(
    `❔ ${who} renews it, its callers fail at \`a-1\` from ${time(now)} on. Who they are, neither its metrics nor certops.yaml says.`,
  );
  expect(shown(view)).not.toContain("💥");
});
