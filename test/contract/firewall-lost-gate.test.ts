import { expect, test } from "vitest";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import { rulesInForce } from "../../bot/domain/firewall/rules-in-force.ts";
import { applyCandidate } from "../../bot/operations/firewall/apply-candidate.ts";
import { candidate } from "../../bot/operations/firewall/candidate.ts";
import { Gate } from "../../bot/operations/firewall/gate.ts";
import type { Firewall } from "../../bot/operations/firewall/ports.ts";
import { idleFirewall, keptKeys } from "../support/idle-firewall.ts";

test("a task is disabled also where the gate was lost while it ran", async () => {
  const inForce = rulesInForce([]);
  const lost = new AbortController();
  const done: string[] = [];
  const rules = keptKeys();
  const held = { left: null, lost: lost.signal, write: async () => {}, [Symbol.asyncDispose]: async () => {} };
  const task: Firewall["task"] = {
    prepare: async () => {},
    inspect: async () => ({ changes: true, plan: "      ~ revision = 0 -> 1" }),
    async run(signal) {
      lost.abort(new Error("the lock is lost"));
      signal.throwIfAborted();
    },
    async disable(signal) {
      signal.throwIfAborted();
      done.push("disabled");
    },
    state: async () => null,
  };
  const firewall = idleFirewall(rules, task);
  const gate = new Gate({ rules, held, inForce, keys: {} });
  const applying = { candidate: candidate(inForce, 1), begun: false, onRun: async () => {} };
  await expect(applyCandidate(firewall, gate, applying, firewallLimits, AbortSignal.timeout(5_000))).rejects.toThrow(
    "the lock is lost",
  );
  expect(done).toEqual(["disabled"]);
});
