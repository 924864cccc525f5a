import { inventory } from "../../bot/adapters/store/inventory.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { requestId } from "../../bot/adapters/request-id.ts";
import type { PeersSeen } from "../../bot/domain/blast-radius.ts";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import { isRefusal, type Refusal } from "../../bot/domain/refusal.ts";
import { revocationLimits, type RevocationLimits } from "../../bot/domain/revocation/revoking.ts";
import type { RenewalLimits } from "../../bot/domain/rollout.ts";
import type { RevocationRequest } from "../../bot/domain/revocation/revocation-request.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import type { JobStep } from "../../bot/operations/job-in-hand.ts";
import { observeEndpoints } from "../../bot/operations/observe-endpoints.ts";
import type { InstanceAdmin, Revocations } from "../../bot/operations/ports.ts";
import { proposeRevocation, type WantedRevocation } from "../../bot/operations/revocation/propose-revocation.ts";
import { briefly } from "./limits.ts";
import { aWorld, type World } from "./renewal-world.ts";
import { needsOf } from "./run-once.ts";
import { type WorkerNeeds, workUntil } from "./work-jobs.ts";

/** Stands in for Vault's list: what is revoked is in it once it was made anew. Everything done is in `done`, in order. */
export interface ListStandIn extends Revocations {
  revoked: Set<string>;
  list: Set<string>;
  done: string[];
  /** What it says to the next requests, in place of an answer. */
  fails: Error[];
}

export function listStandIn(): ListStandIn {
  const answering = () => {
    const failure = stand.fails.shift();
    if (failure) throw failure;
  };
  const stand: ListStandIn = {
    revoked: new Set(),
    list: new Set(),
    done: [],
    fails: [],
    async revoke(_, serial) {
      answering();
      stand.revoked.add(serial);
      stand.done.push(`revoke ${serial}`);
      return "revoked";
    },
    async rebuild() {
      answering();
      stand.list = new Set(stand.revoked);
      stand.done.push("rebuild");
    },
    async listed() {
      answering();
      return stand.list;
    },
  };
  return stand;
}

export interface RevocationWorld {
  store: Store;
  world: World;
  vault: ListStandIn;
  /** What an instance's lists name, where that is not what Vault's names; null: it looks into none. */
  holds: Record<string, Set<string> | null>;
  /** What instances tell of their peers, by endpoint; those that are missing do not answer. */
  peers: Map<string, PeersSeen>;
  needs: WorkerNeeds & ReturnType<typeof desk> & { admin: Pick<InstanceAdmin, "refused" | "peers"> };
}

/** Instances that serve, were looked at, and whose certificates stand in Vault's list. */
export async function aRevocationWorld(store: Store): Promise<RevocationWorld> {
  const world = await aWorld();
  const vault = listStandIn();
  const holds: RevocationWorld["holds"] = {};
  const kept = inventory(store.db.withTables());
  const estate = { services: [world.service], endpoints: [] as Endpoint[] };
  const refused = async ({ instance }: Endpoint, serials: string[]) => {
    const held = holds[instance] === undefined ? vault.list : holds[instance];
    return { checks: held !== null, named: serials.filter((serial) => held?.has(serial)) };
  };
  const told: RevocationWorld["peers"] = new Map();
  const peers = async ({ id }: Endpoint) => {
    const seen = told.get(id);
    if (seen === undefined) throw new Error(`${id} does not answer`);
    return seen;
  };
  const needs = {
    ...needsOf(store, world),
    ...desk(store),
    inventory: kept,
    revocations: vault,
    estate,
    admin: { refused, peers },
  };
  await look({ needs, world });
  return { store, world, vault, holds, peers: told, needs };
}

/** The bot's probe goes round once, and Vault's list is read. */
export async function look({ needs, world }: Pick<RevocationWorld, "world"> & { needs: { inventory?: unknown } }) {
  const kept = needs.inventory as ReturnType<typeof inventory>;
  await kept.saveIssued(world.vault.certificates, Date.now());
  await observeEndpoints({ probe: world.probe, inventory: kept }, world.service.endpoints, {
    deadlineMs: 3_000,
    concurrency: 4,
    isWatched: () => true,
  });
}

/** What a bot needs that is asked for a revocation, without what it looks at. ben may approve. */
export const desk = (store: Store) => ({
  ...store,
  clock: Date.now,
  mesh: null,
  firewall: null,
  newId: () => requestId("revocation"),
  own: ["certops-bot.example.com"],
  groupsOf: async (user: string) => (user === "U0BEN" ? ["S0PLATFORM"] : []),
});

type Proposing = Parameters<typeof proposeRevocation>[0];

export function propose(
  { needs }: { needs: Omit<Proposing, "inventory"> & { inventory?: unknown } },
  changes: Partial<WantedRevocation> = {},
): Promise<RevocationRequest | Refusal> {
  const kept = needs.inventory as Proposing["inventory"];
  const wanted = { target: "service-a", reason: "key-compromise", text: "seen in a log", requester: "U0ANA" };
  return proposeRevocation({ ...needs, inventory: kept }, { ...wanted, ...changes });
}

interface RevocationRun {
  /** Between the approval and the work. */
  before?: () => Promise<void>;
  needs?: Partial<WorkerNeeds>;
  limits?: Partial<RevocationLimits>;
  renewal?: Partial<RenewalLimits>;
  /** Cuts it off. */
  signal?: AbortSignal;
  onStep?: (step: JobStep) => unknown;
}

/** Asks, and has Ben approve. */
export async function approvedRevocation(
  of: Parameters<typeof propose>[0] & { needs: Parameters<typeof decideRequest>[0] },
  changes: Partial<WantedRevocation> = {},
): Promise<string> {
  const asked = await propose(of, changes);
  if (isRefusal(asked)) throw new Error(asked.message);
  const decided = await decideRequest(of.needs, { id: asked.id, user: "U0BEN", verdict: "approve" });
  if (isRefusal(decided)) throw new Error(decided.message);
  return asked.id;
}

/** The same, and works until it has come to its end. */
export async function revoke(
  of: RevocationWorld,
  changes: Partial<WantedRevocation> = {},
  run: RevocationRun = {},
): Promise<RevocationRequest> {
  const id = await approvedRevocation(of, changes);
  await run.before?.();
  return workOff(of, id, run);
}

export async function workOff(of: RevocationWorld, id: string, run: RevocationRun = {}): Promise<RevocationRequest> {
  const needs = { ...of.needs, ...run.needs, onStep: (step: JobStep) => void run.onStep?.(step) };
  await workUntil(({ request, step }) => request === id && ends.includes(step), needs, {
    signal: run.signal,
    renewal: { ...briefly, settleMs: 100, ...run.renewal },
    revocation: { ...revocationLimits, lookEveryMs: 20, ...run.limits },
  });
  return revocationIn(of.store, id);
}

const ends = ["revoked", "not-held", "failed", "void"];

/** The revocation of that id, as the store has it. */
export async function revocationIn(store: Pick<Store, "requests">, id: string): Promise<RevocationRequest> {
  const request = await store.requests.find(id);
  if (request?.kind !== "revocation") throw new Error(`there is no revocation ${id}`);
  return request;
}
