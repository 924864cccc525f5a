import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import type { Refusal } from "../../domain/refusal.ts";
import { proposeRule, type ProposeRuleNeeds } from "./propose-rule.ts";

/** Long enough to see to a certificate, and to ask for more where the look is to last. */
const validFor = "7d";

export interface WantedAccess {
  host: string;
  port: number;
  requester: string;
  since?: number | undefined;
}

/** Asks that the bot itself may look at one port of one host, for a week. Refused: as `proposeRule`. */
export function proposeAccess(
  needs: ProposeRuleNeeds,
  { host, port, requester, since }: WantedAccess,
): Promise<FirewallRequest | Refusal> {
  const fields = {
    from: needs.firewall.policy.self,
    to: host,
    ports: `tcp/${port}`,
    valid: validFor,
    start: "",
    owner: "",
    ticket: "",
    reason: `certops cannot look at the certificate of ${host}:${port}: the firewall is in the way`,
  };
  return proposeRule(needs, { fields, requester, since });
}
