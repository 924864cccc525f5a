import { expect, test } from "vitest";
import { tellAudit } from "../../bot/domain/trace.ts";
import { longAgo } from "../../bot/slack/views/words.ts";

const refused = (detail: Record<string, unknown>, action = "request.click-refused") =>
  tellAudit({ action, actor: "U0ANA", detail: { verdict: "approve", code: "self-approval", ...detail } }, {});

test("a trace says in words what became of a click that was refused, also of one from before its words were kept", () => {
  const told = "r-abcd2345 is your own request: somebody else has to decide it.";
  expect(refused({ told })).toBe(`U0ANA clicked approve, and was told: ${told}`);
  expect(refused({ told }, "request.passkey-refused")).toBe(
    `U0ANA confirmed approve with a passkey, and was told: ${told}`,
  );
  expect(refused({ problem: "U0ANA clicked approve: self-approval" })).toBe(
    "U0ANA clicked approve, which was refused: self approval",
  );
});

test("what was long ago is told by the day: by its weekday within a week, in the reader's zone", () => {
  const day = 86_400_000;
  const tuesday = Date.UTC(2026, 10, 17, 8);
  expect(longAgo(tuesday, tuesday + day - 1)).toContain("{date_short_pretty} {time_secs}");
  expect(longAgo(tuesday, tuesday + day)).toBe(
    `<!date^${tuesday / 1_000}^{date_long_pretty}|Tuesday, 2026-11-17 08:00:00 UTC>`,
  );
  expect(longAgo(tuesday, tuesday + 7 * day)).toBe(`<!date^${tuesday / 1_000}^{date}|2026-11-17 08:00:00 UTC>`);
});
