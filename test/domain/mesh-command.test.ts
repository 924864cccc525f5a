import { describe, expect, test } from "vitest";
import type { Desk, MeshDesk } from "../../bot/operations/command.ts";
import { runCommand } from "../../bot/operations/command.ts";
import type { WantedIntention } from "../../bot/operations/propose-intention.ts";
import { anIntention } from "../support/intention-fixtures.ts";

const asked: WantedIntention[] = [];

const mesh: MeshDesk = {
  services: ["service-a", "service-b"],
  list: async () => ({ intentions: [], otherwise: false, open: [], frozen: [] }),
  ask: async (wanted) => {
    asked.push(wanted);
    return anIntention();
  },
  check: async () => [],
  why: async (pair) => ({ ...pair, allowed: true, ruling: null, call: null, open: null, frozen: [] }),
};

const run = (text: string, command: "/mesh" | "/cert" = "/mesh", desk: MeshDesk | null = mesh) =>
  runCommand({ mesh: desk } as Desk, { command, args: text.split(" ").filter(Boolean), user: "U0ANA" });

describe("/mesh", () => {
  test("allow and deny take who calls, whom, and a reason", async () => {
    asked.length = 0;
    for (const text of [
      "deny service-a service-b incident 12",
      "allow Service-A SERVICE-B",
      "deny service-a → service-b because",
      "deny service-a -> service-b",
    ]) {
      expect(await run(text)).toMatchObject({ kind: "proposed", vault: null });
    }
    const pair = { source: "service-a", destination: "service-b", requester: "U0ANA", since: undefined };
    expect(asked).toEqual([
      { ...pair, action: "deny", reason: "incident 12" },
      { ...pair, action: "allow", reason: "no reason given" },
      { ...pair, action: "deny", reason: "because" },
      { ...pair, action: "deny", reason: "no reason given" },
    ]);
  });

  test.each([
    ["", { kind: "help", command: "/mesh" }],
    ["help", { kind: "help", command: "/mesh" }],
    ["intentions", { kind: "intentions" }],
    ["why service-a service-b", { kind: "call-why", why: { source: "service-a", destination: "service-b" } }],
    ["why service-a", { code: "missing-argument", message: "Write: /mesh why <service> <service>" }],
    ["deny", { code: "missing-argument", hint: "First who calls, then whom. In the mesh are service-a, service-b." }],
    ["allow service-a →", { code: "missing-argument" }],
    ["dney a b", { kind: "help", command: "/mesh", unknown: { typed: "dney", meant: "/mesh deny" } }],
    ["intention", { kind: "help", unknown: { meant: "/mesh intentions" } }],
    ["expiring 30d", { kind: "help", command: "/mesh", unknown: { typed: "expiring", meant: "/cert expiring" } }],
    ["fly", { kind: "help", unknown: { typed: "fly", meant: null } }],
    ["x".repeat(601), { code: "too-long" }],
  ])("%s", async (text, outcome) => {
    expect(await run(text)).toMatchObject(outcome);
  });

  test("what belongs to the mesh is named after /cert too", async () => {
    expect(await run("allow service-a service-b", "/cert")).toMatchObject({
      kind: "help",
      command: "/cert",
      unknown: { typed: "allow", meant: "/mesh allow" },
    });
  });

  test("where there is no mesh it says so, and helps", async () => {
    expect(await run("intentions", "/mesh", null)).toMatchObject({ refused: true, code: "no-mesh" });
    expect(await run("help", "/mesh", null)).toMatchObject({ kind: "help", command: "/mesh" });
  });
});
