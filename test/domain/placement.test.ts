import { describe, expect, test } from "vitest";
import { whyNotServed } from "../../bot/domain/not-served.ts";
import { type Allocation, type Placement, renderedAt, whyAway } from "../../bot/domain/placement.ts";

const id = "35322b60-a009-570d-ba8c-9152a5b3180c";

function placed(changes: Partial<Allocation> = {}, noPlace: string | null = null): Placement {
  const allocation: Allocation = {
    id,
    desired: { status: "run", description: "" },
    client: { status: "running", description: "Tasks are running" },
    node: { name: "nomad-2", status: "ready" },
    tasks: [{ name: "service", state: "running", failed: false, events: [] }],
    ...changes,
  };
  return { instance: "a-1", allocation, noPlace };
}

const task = (state: string, failed: boolean, ...events: [type: string, message: string][]) => [
  { name: "service", state, failed, events: events.map(([type, message], at) => ({ at, type, message })) },
];

// As Nomad 1.11 words it.
const sealed = `Vault: failed to derive vault token: failed to derive Vault token for identity vault_default: failed to login with JWT: Error making API request.

URL: PUT http://127.0.0.1:8200/v1/auth/jwt-nomad/login
Code: 503. Errors:

* Vault is sealed`;

describe("why an instance does not run", () => {
  test.each<[string, Placement, string | null]>([
    ["it runs", placed(), null],
    [
      "its node is down",
      placed({
        desired: { status: "stop", description: "alloc is lost since its node is down" },
        client: { status: "lost", description: "" },
        node: { name: "nomad-2", status: "down" },
      }),
      "Its node nomad-2 is down: Nomad does not hear from the client there.",
    ],
    [
      "its node is gone, and there is no other",
      placed({ node: { name: "nomad-2", status: null } }, "no node is ready and eligible"),
      "Its node nomad-2 is gone: Nomad no longer knows it. Nomad has no other place for it: no node is ready and eligible.",
    ],
    [
      "its allocation was stopped",
      placed({
        desired: { status: "stop", description: "alloc is being migrated" },
        client: { status: "complete", description: "All tasks have completed" },
        tasks: task("dead", false, ["Killing", "Sent interrupt. Waiting 5s before force killing"]),
      }),
      "Its allocation 35322b60 on nomad-2 was stopped (alloc is being migrated). No other runs in its place yet.",
    ],
    [
      "its task failed",
      placed({
        client: { status: "failed", description: "Failed tasks" },
        tasks: task("dead", true, ["Terminated", "Exit Code: 3"], ["Not Restarting", "Exceeded allowed attempts"]),
      }),
      "Its allocation 35322b60 on nomad-2 failed: Exit Code: 3.",
    ],
    [
      "Vault was sealed when its task was to begin",
      placed({ client: { status: "failed", description: "" }, tasks: task("dead", true, ["Killing", sealed]) }),
      "Its allocation 35322b60 on nomad-2 failed: Vault is sealed.",
    ],
    [
      "its template waits for Vault",
      placed({
        client: { status: "pending", description: "No tasks have started" },
        tasks: task(
          "pending",
          false,
          ["Task Setup", "Building Task Directory"],
          ["Template", "Missing: vault.write(pki/issue/service-a -> 4d89392c)"],
        ),
      }),
      "Its allocation 35322b60 on nomad-2 has not started: its template waits for Vault (pki/issue/service-a).",
    ],
    ["nobody placed it", { instance: "a-1", allocation: null, noPlace: null }, "Nomad has not placed it."],
    [
      "there is no room for it",
      { instance: "a-1", allocation: null, noPlace: "memory on 2 of 2 nodes" },
      "Nomad has no place for it: memory on 2 of 2 nodes.",
    ],
  ])("%s", (_, placement, sentence) => {
    expect(whyAway(placement)).toBe(sentence);
  });

  test("of one that its job has no more, and of one that nobody schedules", () => {
    expect(whyAway("not of the job")).toBe("Nomad's job has no instance of that name any more.");
    expect(whyAway(null)).toBeNull();
  });
});

test("a task's events tell when its templates were rendered anew, whatever was done then", () => {
  const events = task(
    "running",
    false,
    ["Started", "Task started by client"],
    ["Signaling", "Template re-rendered"],
    ["Restart Signaled", "Template with change_mode restart re-rendered"],
  );
  const { allocation } = placed({ tasks: events });
  expect(allocation && renderedAt(allocation)).toEqual([1, 2]);
});

describe("why an instance under Nomad does not serve", () => {
  const seen = {
    problem: null,
    serial: "0a:0b",
    notAfter: Date.UTC(2026, 0, 31, 8),
    swap: null,
    vault: { state: "ok", why: null } as const,
  };
  const sealed = { state: "sealed", why: "It is sealed." } as const;
  const known = (evidence: object) => ({
    written: true,
    seen: { ...seen, placement: null, ...evidence },
    unserved: [],
  });
  const down = placed({ node: { name: "nomad-2", status: "down" } });

  test("its scheduler's reason comes first, then what it serves still", () => {
    expect(whyNotServed("a-1", known({ placement: down }))).toBe(
      "Its node nomad-2 is down: Nomad does not hear from the client there. It still serves 0a:0b.",
    );
  });

  test("where it runs, who has not rendered is named with its node", () => {
    expect(whyNotServed("a-1", known({ placement: placed() }))).toBe(
      "Not issued: Nomad's client on nomad-2 has not rendered a new one, and a-1 still serves 0a:0b.",
    );
  });

  test("while Vault is sealed, it is the seal that is told, and nothing of a client that asks in vain", () => {
    expect(whyNotServed("a-1", known({ placement: placed(), vault: sealed }))).toBe(
      "Vault is sealed: unseal it, nothing is issued until then. a-1 still serves 0a:0b, until 2026-01-31 08:00:00 UTC.",
    );
  });

  test("a node that is down comes before the seal, and both are told", () => {
    expect(whyNotServed("a-1", known({ placement: down, vault: sealed }))).toBe(
      "Its node nomad-2 is down: Nomad does not hear from the client there. It still serves 0a:0b. Vault is sealed: unseal it, nothing is issued until then.",
    );
  });

  test("where Nomad could not be asked, that is told beside what is known without it", () => {
    expect(whyNotServed("a-1", known({ placement: { unknown: "Nomad has no leader." } }))).toBe(
      "Not issued: Nomad's client has not rendered a new one, and a-1 still serves 0a:0b. Nomad may know more, and could not be asked: Nomad has no leader.",
    );
  });
});
