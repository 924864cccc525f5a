import { requestId } from "../../bot/adapters/request-id.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import type { FirewallEvidence, FirewallRequest } from "../../bot/domain/firewall/firewall-request.ts";
import type { PacketSeen } from "../../bot/domain/firewall/packet.ts";
import type { FirewallPolicy } from "../../bot/domain/firewall/policy.ts";
import { isRefusal, type Refusal } from "../../bot/domain/refusal.ts";
import type { Look } from "../../bot/operations/firewall/find-hidden.ts";
import type { Firewall, ProbeGrant, RouterState } from "../../bot/operations/firewall/ports.ts";
import { addresses, aFirewallPolicy } from "./firewall-fixtures.ts";
import { aStore, t0 } from "./renewal-fixtures.ts";

/** What the firewall stands on, as the checks see it: a catalog, probers that keep to their grants, a router, a plan. */
export interface FirewallGround {
  store: Store;
  now: number;
  policy: FirewallPolicy;
  /** Consul's catalog: instances by service. */
  catalog: Record<string, string[]>;
  /** Names of hosts. */
  names: Record<string, string[]>;
  /** In place of the catalog's answer. */
  consulIs: "there" | Error;
  /** Consul takes the question and never answers. */
  hangs: boolean;
  router: RouterState | Error;
  /** What comes of a connection to an address and port, where nothing else is said. */
  packets: Record<string, PacketSeen>;
  /** Every connection that a prober tried. */
  tried: string[];
  /** What the plan comes to. */
  learns: FirewallEvidence | Refusal;
  /** The latest look at each endpoint that certops watches. */
  seen: Look[];
  learnt: FirewallRequest[];
  /** Terraform takes until then. */
  holds: Promise<void>;
  needs: ReturnType<typeof needsOf>;
}

export async function aFirewallGround(
  changes: Partial<Pick<FirewallGround, "now" | "store">> = {},
): Promise<FirewallGround> {
  const time = { now: changes.now ?? t0 };
  const store = changes.store ?? (await aStore(() => time.now));
  const ground: FirewallGround = {
    store,
    get now() {
      return time.now;
    },
    set now(at) {
      time.now = at;
    },
    policy: aFirewallPolicy(),
    catalog: { ...addresses, idle: [] },
    names: { "db.example.com": ["10.81.3.2"] },
    consulIs: "there",
    hangs: false,
    router: { digest: "0", counters: {}, rules: [], gaps: [], aside: [] },
    packets: {},
    tried: [],
    learns: { terraform: "Plan: 1 to add, 0 to change, 1 to destroy.", probe: null, problem: null },
    learnt: [],
    holds: Promise.resolve(),
    seen: [],
    get needs() {
      return needsOf(ground);
    },
  };
  return ground;
}

function needsOf(ground: FirewallGround) {
  const { store } = ground;
  const grants = new Map<string, ProbeGrant>();
  const answer = <T>(value: T): T => {
    if (ground.consulIs !== "there") throw ground.consulIs;
    return value;
  };
  const firewall: Pick<Firewall, "policy" | "addresses" | "hosts" | "probers" | "router"> = {
    policy: ground.policy,
    hosts: async () => answer(Object.values(ground.catalog).flat()),
    addresses: async (service) => {
      if (ground.hangs) await new Promise(() => {});
      return answer(ground.catalog[service] ?? []);
    },
    router: {
      async ruleset() {
        if (ground.router instanceof Error) throw ground.router;
        return ground.router;
      },
    },
    probers: {
      grant: async (id, grant) => void grants.set(id, grant),
      revoke: async (id) => void grants.delete(id),
      async try({ grant, zone, address, port }) {
        const given = grants.get(grant);
        const covered = given?.addresses.includes(address) && given.ports.includes(port) && given.zone === zone;
        if (!covered) return { outcome: "unknown", why: "no grant covers it" };
        ground.tried.push(`${zone} ${address}:${port}`);
        return ground.packets[`${address}:${port}`] ?? { outcome: "silent", why: null };
      },
      hold: () => Promise.reject(new Error("nothing is held here")),
    },
  };
  return {
    ...store,
    firewall,
    serviceNames: async () => answer(Object.keys(ground.catalog)),
    resolve: async (host: string) => ground.names[host] ?? [],
    clock: () => ground.now,
    groupsOf: async () => [],
    newId: () => requestId("firewall"),
    looks: async (ids: string[]) => ground.seen.filter(({ endpoint }) => ids.includes(endpoint.id)),
    async learn(request: FirewallRequest) {
      ground.learnt.push(request);
      await ground.holds;
      return ground.learns;
    },
  };
}

/** The request that was opened; throws the refusal that came in its place. */
export function opened(answer: FirewallRequest | Refusal): FirewallRequest {
  if (isRefusal(answer)) throw new Error(`${answer.code}: ${answer.message}`);
  return answer;
}

/** As if it had been approved, carried out and seen. */
export async function carriedOut(store: Store, request: FirewallRequest, at = t0): Promise<void> {
  const about = { actor: "certops", subject: request.id, detail: {} };
  const change = { state: "approved", decidedBy: "U0BEN", decidedAt: at } as const;
  await store.requests.move(request.id, ["pending"], change, {
    audit: { ...about, at, action: "request.approved" },
    outbox: [],
    job: true,
  });
  const job = await store.jobs.claim("test", at, 1_000);
  if (job?.request !== request.id) throw new Error(`the job of ${request.id} is not the next`);
  const receipt = {
    steps: [],
    checks: [],
    held: null,
    counter: null,
    ruleset: null,
    revision: 1,
    notes: [],
    problem: null,
  };
  const end = { state: "applied", receipt } as const;
  await store.jobs.finish(request.id, "test", end, { audit: { ...about, at, action: "request.applied" }, outbox: [] });
}
