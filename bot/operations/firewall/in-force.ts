import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { type InForce, rulesInForce } from "../../domain/firewall/rules-in-force.ts";
import type { Requests } from "../ports.ts";

/** Every request of the firewall that ended and may have changed something. */
export function endedRequests({ requests }: { requests: Pick<Requests, "list"> }): Promise<FirewallRequest[]> {
  const states: FirewallRequest["state"][] = ["applied", "rolled-back", "failed"];
  return requests.list({ kind: "firewall", states, limit: Number.MAX_SAFE_INTEGER });
}

/** What was approved and stands: what the firewall has to be. */
export async function readInForce(needs: { requests: Pick<Requests, "list"> }): Promise<InForce> {
  return rulesInForce(await endedRequests(needs));
}
