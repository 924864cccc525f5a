import type { FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { WishFields } from "../../bot/domain/firewall/wish.ts";
import { proposeRule } from "../../bot/operations/firewall/propose-rule.ts";
import { carriedOut, type FirewallGround, opened } from "./firewall-desk.ts";
import { someFields } from "./firewall-fixtures.ts";

/** ana asks that a rule be opened. */
export const askForRule = (ground: FirewallGround, changes: Partial<WishFields> = {}) =>
  proposeRule(ground.needs, { fields: someFields(changes), requester: "U0ANA" });

/** The request of a rule in force. */
export async function ruleInForce(ground: FirewallGround, changes: Partial<WishFields> = {}): Promise<FirewallRequest> {
  const request = opened(await askForRule(ground, changes));
  await carriedOut(ground.store, request, ground.now);
  return request;
}
