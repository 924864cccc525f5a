import { expect, test } from "vitest";
import type { ExpiryNotice } from "../../bot/domain/expiry-notice.ts";
import { expiryView } from "../../bot/slack/views/expiry.ts";
import { now, shown, verdict } from "../support/view-fixtures.ts";

const notice = (level: string, callers: NonNullable<ExpiryNotice["blast"]>["callers"]): ExpiryNotice => ({
  subject: "service-a",
  kind: "service",
  owner: "payments",
  level,
  told: [level],
  endings: [{ where: "a-1", serial: "aa:01", notBefore: null, notAfter: now, unreachedSince: null }],
  blast: { callers, calls: [{ name: "ledger", how: "seen" }] },
  renewal: null,
  snooze: null,
  over: null,
});

test.each([
  ["30 d", "If nobody renews it, *shop* cannot call it", "which will turn it away"],
  ["expired", "Until somebody renews it, *shop* cannot call it", "which turn it away"],
])("who is hurt will be at %s, or is by now", (level, callers, calls) => {
  const view = expiryView(notice(level, [{ name: "shop", how: "seen" }]), null);
  expect(verdict(view)).toBe("taken");
  expect(shown(view)).toContain(callers);
  expect(shown(view)).toContain(calls);
});
