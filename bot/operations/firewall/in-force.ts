import type { FirewallRequest } from "../../domain/firewall/firewall-request.ts";
import { type InForce, rulesInForce } from "../../domain/firewall/rules-in-force.ts";
import type { Requests } from "../store-ports.ts";

/** What the fold of all ended requests is read from. */
export type EndedNeeds = { requests: Pick<Requests, "list" | "count"> };

interface Ended {
  requests: FirewallRequest[];
  inForce: InForce;
}

/**
 * What is read of an ended request stays as it is, so that as many as before are the same as before. Several loops ask each
 * second, and there may be thousands.
 */
const read = new WeakMap<EndedNeeds["requests"], Ended>();

async function ended({ requests }: EndedNeeds): Promise<Ended> {
  const kind = "firewall";
  const states: FirewallRequest["state"][] = ["applied", "rolled-back", "failed"];
  const before = read.get(requests);
  if (before !== undefined && before.requests.length === (await requests.count({ kind, states }))) return before;
  const listed = await requests.list({ kind, states, limit: Number.MAX_SAFE_INTEGER });
  const now = { requests: listed, inForce: rulesInForce(listed) };
  read.set(requests, now);
  return now;
}

/** Every request of the firewall that ended and may have changed something. */
export async function endedRequests(needs: EndedNeeds): Promise<FirewallRequest[]> {
  return (await ended(needs)).requests;
}

/** What was approved and stands: what the firewall has to be. Not to be changed. */
export async function readInForce(needs: EndedNeeds): Promise<InForce> {
  return (await ended(needs)).inForce;
}
