import { beforeEach, expect, test } from "vitest";
import { proposeRestore } from "../../bot/operations/firewall/propose-restore.ts";
import { ruleInForce } from "../support/firewall-asking.ts";
import { aFirewallGround, type FirewallGround, opened } from "../support/firewall-desk.ts";
import { aCommit } from "../support/renewal-fixtures.ts";

let ground: FirewallGround;
beforeEach(async () => {
  ground = await aFirewallGround();
  await ruleInForce(ground);
});

test("a second click on Re-apply is told which request does that already", async () => {
  const { id } = opened(await proposeRestore(ground.needs, { user: "U0BEN" }));
  expect(await proposeRestore(ground.needs, { user: "U0CHEN" })).toMatchObject({
    code: "already-open",
    message: `${id} applies the approved rules once more right now, approved by U0BEN.`,
    hint: `Follow it: /cert trace ${id}`,
  });
});

test("a click on Re-apply while everything is frozen is told who froze it and why", async () => {
  const freeze = { scope: "*", by: "U0DANA", reason: "an audit", at: ground.now };
  await ground.store.freezes.freeze(freeze, aCommit("freeze", "*", ground.now));
  expect(await proposeRestore(ground.needs, { user: "U0BEN" })).toMatchObject({
    code: "frozen",
    message: "All services are frozen by U0DANA: an audit",
    hint: "Thaw first: /cert thaw",
  });
});
