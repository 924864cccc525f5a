import { requestId } from "../../bot/adapters/request-id.ts";
import { loadConfig } from "../../bot/config.ts";
import { firewallLimits } from "../../bot/domain/firewall/course.ts";
import { type FirewallRequest, newFirewallReceipt, type PlanTo } from "../../bot/domain/firewall/firewall-request.ts";
import { nextRevision, withChange } from "../../bot/domain/firewall/rules-in-force.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { applyCandidate, makeReady } from "../../bot/operations/firewall/apply-candidate.ts";
import { candidate, namedServices } from "../../bot/operations/firewall/candidate.ts";
import { enterGate } from "../../bot/operations/firewall/gate.ts";
import type { Firewall } from "../../bot/operations/firewall/ports.ts";
import { approvedBefore } from "../../bot/operations/firewall/standing-approval.ts";
import { openParts, type Parts } from "../../bot/parts.ts";
import { hosts } from "./firewall-requests.ts";

// In the bot's place, while it is stopped: approves so many rules, and takes them through the gate, many in one run. What
// stands afterwards is what the bot would have left that had applied them one by one.

/** Consul takes 128 changes in one transaction; one is the seal. */
const inOneRun = 127;
const firstPort = 20_000;

const count = Number(process.argv[2]);
const { signal } = new AbortController();
const parts = await openParts(loadConfig(), Date.now);
await using _store = parts.store;
const { firewall } = parts;
if (firewall === null) throw new Error("the lab's bot minds no firewall");

for (let done = 0; done < count; done += inOneRun) {
  await applied(parts, firewall, Math.min(inOneRun, count - done));
}
const { rules } = (await firewall.router?.ruleset()) ?? { rules: [] };
console.log(rules.length);

async function applied(needs: Parts, into: Firewall, some: number): Promise<void> {
  const before = await needs.requests.list({ kind: "firewall", limit: Number.MAX_SAFE_INTEGER });
  const requests = Array.from({ length: some }, (_, index) => opening(into, firstPort + before.length + index));
  for (const request of requests) {
    const kept = await needs.requests.open(request, { ...told(request, "request.approved"), job: true });
    if (!kept) throw new Error(`${request.id} could not be opened`);
  }
  const [first] = requests;
  const gate = await enterGate({ ...needs, firewall: into }, { request: first?.id ?? "" }, signal);
  if (isRefusal(gate)) throw new Error(gate.message);
  await using _held = gate;
  const wanted = requests.reduce(withChange, gate.inForce);
  const revision = nextRevision(gate.inForce, Date.now());
  const all = candidate(wanted, revision);
  await makeReady(into, namedServices(wanted), firewallLimits, signal);
  await gate.write({ kind: "run", request: first?.id ?? "", revision }, all.keys);
  const applying = { candidate: all, begun: false, onRun: async () => {} };
  await applyCandidate(into, gate, applying, firewallLimits, signal);
  const ruleset = (await into.router?.ruleset())?.digest ?? null;
  await ended(needs, new Map(requests.map((request) => [request.id, request])), { revision, ruleset });
  await gate.clear();
}

/** From outside to a port of the application's that nobody serves. */
function opening({ policy }: Firewall, port: number): FirewallRequest {
  const plan: PlanTo<"open"> = {
    action: "open",
    rule: {
      from: { cidrs: [`${hosts.outside}/32`] },
      to: { cidrs: [`${hosts.application}/32`] },
      protocol: "tcp",
      ports: { first: port, last: port },
    },
    owner: "U0ANA",
    ticket: null,
    startsAt: null,
    until: Date.now() + policy.valid,
    addresses: {},
  };
  const asked = { id: requestId("firewall"), plan, requester: "U0ANA", by: "U0BEN", reason: "bench", now: Date.now() };
  return approvedBefore(policy, asked);
}

async function ended(
  { jobs }: Parts,
  requests: Map<string, FirewallRequest>,
  end: { revision: number; ruleset: string | null },
): Promise<void> {
  const owner = `bench-${process.pid}`;
  for (;;) {
    const job = await jobs.claim(owner, Date.now(), 60_000);
    if (job === null) return;
    const request = requests.get(job.request);
    if (request === undefined) throw new Error(`${job.request} was under way`);
    const receipt = { ...newFirewallReceipt, ...end };
    const kept = await jobs.finish(job.request, owner, { state: "applied", receipt }, told(request, "request.applied"));
    if (!kept) throw new Error(`${job.request} could not be ended`);
  }
}

/** Slack is not told: a thousand messages would stand before the one that is measured. */
function told({ id }: FirewallRequest, action: string) {
  return { audit: { at: Date.now(), actor: "U0BEN", action, subject: id, detail: {} }, outbox: [] };
}
