import { describe, expect, test } from "vitest";
import { normalSerial, parseQuery } from "../../bot/domain/query.ts";

const words = (text: string) => text.split(" ");

describe("a question", () => {
  test.each([
    ["expiring", { kind: "expiring", window: null }],
    ["EXPIRING 30d", { kind: "expiring", window: { kind: "within", ms: 30 * 86_400_000 } }],
    ["expiring 30 d", { kind: "expiring", window: { kind: "within", ms: 30 * 86_400_000 } }],
    ["expiring 20%", { kind: "expiring", window: { kind: "share", share: 0.2 } }],
    ["expired", { kind: "expired" }],
    ["show service-a", { kind: "show", what: "service-a" }],
    ["host *.example.com", { kind: "host", what: "*.example.com" }],
    ["issuer certops  Intermediate", { kind: "issuer", what: "certops Intermediate" }],
    ["owner payments", { kind: "owner", what: "payments" }],
    ["serial AB:CD", { kind: "serial", serial: "ab:cd" }],
    ["serial ab cd ef", { kind: "serial", serial: "ab:cd:ef" }],
  ])("%s", (text, query) => {
    expect(parseQuery(words(text))).toEqual(query);
  });

  test.each([
    ["expiring 30", "bad-window", /^Did you mean 30d \(days\), or 30% of the lifetime\?$/],
    ["expiring 120", "bad-window", /120d/],
    ["expiring soon", "bad-window", /such as 20%/],
    ["expiring 200%", "bad-window", /between 0% and 100%/],
    ["expiring 0d", "bad-window", /./],
    ["expired 30d", "too-many-arguments", /^Write: expired$/],
    ["show", "missing-argument", /^Write: show </],
    ["show a b", "too-many-arguments", /^Write: show </],
    ["serial xyz", "bad-serial", /3E:0F:9A/],
    ["serial", "missing-argument", /AB:CD/],
    ["expirng", "unknown-query", /^Did you mean: expiring \[30d\|20%\]\?$/],
    ["frobnicate", "unknown-query", /expiring \[30d\|20%\]; expired/],
    ["constructor", "unknown-query", /./],
    ["", "unknown-query", /./],
  ])("refused with a hint: %s", (text, code, hint) => {
    expect(parseQuery(words(text))).toMatchObject({
      refused: true,
      code,
      hint: expect.stringMatching(hint),
    });
  });
});

describe("a serial", () => {
  test.each([
    ["AB:CD", "ab:cd"],
    ["abcd", "ab:cd"],
    ["0xABCD", "ab:cd"],
    ["ab-cd", "ab:cd"],
    ["bcd", "0b:cd"],
    ["7", "07"],
    ["0".repeat(65), null],
    ["", null],
    ["g0", null],
  ])("%s", (text, serial) => {
    expect(normalSerial(text)).toBe(serial);
  });
});
