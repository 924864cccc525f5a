import { describe, expect, test } from "vitest";
import { readOptions } from "../../bot/operations/options.ts";
import type { Command } from "../../bot/operations/verbs.ts";

const read = (typed: string) => {
  const [command = "", verb = "", ...words] = typed.split(" ");
  return readOptions(command as Command, verb, words);
};

describe("options", () => {
  test.each([
    "/cert renew service-a --dry-run",
    "/cert renew --dry-run service-a",
    "/cert renew service-a --DRY-RUN",
    "/cert renew service-a —dry-run",
    "/cert renew service-a –dry-run",
  ])("%s is a dry run of it", (typed) => {
    expect(read(typed)).toEqual({ words: ["service-a"], isDryRun: true });
  });

  test("a dry run is one wherever it is said, and its reason is what is left", () => {
    const all = { words: ["service-a", "the", "weekly", "one"], isDryRun: true };
    expect(read("/cert renew service-a the weekly one --dry-run")).toEqual(all);
    expect(read("/cert renew service-a --dry-run the weekly --dry-run one")).toEqual(all);
  });

  test.each([
    ["/cert renew service-a --now", "/cert renew has no option --now.", "It has one: --dry-run."],
    ["/cert renew --now service-a", "/cert renew has no option --now.", "It has one: --dry-run."],
    ["/cert renew service-a soon --dryrun", "/cert renew has no option --dryrun.", "It has one: --dry-run."],
    ["/cert revoke service-a superseded --dry-run", "/cert revoke has no option --dry-run.", only()],
    ["/cert revoke service-a superseded it leaked --dry-run", "/cert revoke has no option --dry-run.", only()],
    ["/cert revoke service-a --force", "/cert revoke has no option --force.", only()],
    ["/cert freeze --dry-run", "/cert freeze has no option --dry-run.", only()],
    ["/mesh allow service-a service-b --force", "/mesh allow has no option --force.", only()],
    ["/mesh deny service-a → service-b —force", "/mesh deny has no option --force.", only()],
    ["/firewall request a b tcp/1 --force", "/firewall request has no option --force.", only()],
    ["/firewall request a b tcp/1 90d --force", "/firewall request has no option --force.", only()],
    ["/firewall remove fr-1 --dry-run", "/firewall remove has no option --dry-run.", only()],
    ["/approvals deny r-1 no --dry-run", "/approvals deny has no option --dry-run.", only()],
  ])("%s is refused in a sentence", (typed, message, hint) => {
    expect(read(typed)).toMatchObject({ code: "unknown-option", message, hint });
  });

  test.each([
    "/cert renew service-a it was begun with openssl --verify",
    "/cert renew service-a -- the old key was seen",
    "/cert renew service-a — the old key was seen",
    "/cert revoke service-a superseded after --rotate",
    "/approvals comment r-1 --force was wrong",
    "/cert ask --",
    "/cert rnew service-a --dry-run",
    "/cert constructor --dry-run",
  ])("%s has none: those are words", (typed) => {
    expect(read(typed)).toEqual({ words: typed.split(" ").slice(2), isDryRun: false });
  });
});

function only() {
  return "Only /cert renew has one: --dry-run.";
}
