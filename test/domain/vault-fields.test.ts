import { describe, expect, test } from "vitest";
import { differences, type Json, sameMeaning } from "../../vault-config/fields.ts";

describe("the same thing in Vault's spelling", () => {
  test.each<[Json, Json]>([
    ["72h", 259_200],
    ["72h", "259200"],
    ["72h", "72h0m0s"],
    ["30s", 30],
    ["1h30m", "90m"],
    [0, "0s"],
    [["a"], "a"],
    [["a", "b"], "b, a"],
    ["a,b", "b,a"],
    [[], null],
    [[], ""],
    [false, null],
    ["", null],
    [0, null],
    [true, "true"],
    [4, "4"],
    ["127.0.0.1/32", "127.0.0.1"],
    [["127.0.0.1/32"], ["127.0.0.1"]],
    ['path "x" {}\n', '\npath "x" {}'],
    [{ version: "2" }, { version: 2, more: "x" }],
  ])("%j is %j", (wanted, stored) => {
    expect(sameMeaning(wanted, stored)).toBe(true);
  });
});

describe("something else", () => {
  test.each<[Json, Json]>([
    ["72h", 259_201],
    ["72h", null],
    [true, null],
    [true, false],
    [["a"], []],
    [["a"], ["a", "b"]],
    [["a", "b"], ["a"]],
    [["*.example.com"], ["example.com"]],
    ["10.0.0.0/8", "10.0.0.0"],
    ["m", "60"],
    [{ version: "2" }, { version: "1" }],
    [{ version: "2" }, "2"],
    ['path "x" {}', 'path "y" {}'],
  ])("%j is not %j", (wanted, stored) => {
    expect(sameMeaning(wanted, stored)).toBe(false);
  });
});

test("only what is wanted is compared, and each field is told with both values", () => {
  const wanted = { max_ttl: "72h", allow_any_name: false, ou: ["x"] };
  const current = { max_ttl: 3600, allow_any_name: false, extra: "theirs" };
  expect(differences(wanted, current)).toEqual([
    { field: "max_ttl", from: 3600, to: "72h" },
    { field: "ou", from: null, to: ["x"] },
  ]);
});
