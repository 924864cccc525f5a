import { onTestFinished } from "vitest";
import { openStore, type Store } from "../../bot/adapters/store/database.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { hashOf } from "../../bot/domain/canonical.ts";
import type { Endpoint } from "../../bot/domain/endpoint.ts";
import type { ManagedService } from "../../bot/domain/managed-service.ts";
import { planFor } from "../../bot/domain/plan.ts";
import type { RenewalRequest } from "../../bot/domain/renewal.ts";
import type { Request } from "../../bot/domain/request.ts";
import type { Commit } from "../../bot/operations/store-ports.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const t0 = Date.UTC(2026, 10, 23, 9, 0, 0);

/** What a request has of which nothing has happened yet. */
export const untouched = () => ({
  approvals: [],
  state: "pending" as const,
  stage: 0,
  remindedAt: null,
  decidedBy: null,
  decidedAt: null,
  decidedWhy: null,
  remarks: [],
  review: null,
  version: 0,
  message: null,
  receipt: null,
});

export function anEndpoint(instance: string, changes: Partial<Endpoint> = {}): Endpoint {
  return {
    id: `service-a/${instance}`,
    service: "service-a",
    instance,
    host: "127.0.0.1",
    port: 7443,
    serverName: "service-a.example.com",
    protocol: "https",
    admin: null,
    ...changes,
  };
}

export function aService(changes: Partial<ManagedService> = {}): ManagedService {
  return {
    name: "service-a",
    owner: "payments",
    endpoints: [anEndpoint("a-1"), anEndpoint("a-2", { port: 7444 })],
    issuer: { mount: "pki", role: "service-a" },
    names: ["service-a.example.com"],
    ttl: "2m",
    key: "EC P-256",
    renewBefore: 0.2,
    deployment: { kind: "vault-agent", mount: "kv", path: "certops/service-a" },
    approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 }),
    rollout: "all",
    callers: [],
    catalog: null,
    ...changes,
  };
}

export function aRequest(changes: Partial<RenewalRequest> = {}, service = aService()): RenewalRequest {
  const plan = planFor(service);
  return {
    kind: "renewal",
    id: "r-abcd2345",
    service: service.name,
    requester: "U0ANA",
    reason: "rehearsal",
    plan,
    planHash: hashOf(plan),
    evidence: [],
    approval: service.approval,
    createdAt: t0,
    expiresAt: t0 + service.approval.deadlineMs,
    ...untouched(),
    ...changes,
  };
}

export function aCommit(action = "test", subject = "r-abcd2345", at = t0): Commit {
  return {
    audit: { at, actor: "U0ANA", action, subject, detail: {} },
    outbox: [{ key: `${subject}:${action}`, kind: "request", subject, payload: {} }],
  };
}

/** A store on a real file, closed and removed when the test is over. */
export async function aStore(clock: () => number = () => t0): Promise<Store & { file: string }> {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const file = folder.file("certops.db");
  const store = await openStore(file, clock);
  onTestFinished(() => store[Symbol.asyncDispose]());
  return { ...store, file };
}

/** An approved request and its job. */
export async function approve(store: Store, request: Request = aRequest(), at = t0): Promise<void> {
  await store.requests.open(request, aCommit("opened", request.id, at));
  const change = { state: "approved", decidedBy: "U0BEN", decidedAt: at } as const;
  await store.requests.move(request.id, ["pending"], change, { ...aCommit("approved", request.id, at), job: true });
}

/** The file of a store in which the request is approved, for a process of its own to work off. */
export async function approvedIn(folder: { file(name: string): string }, request: Request): Promise<string> {
  const file = folder.file("certops.db");
  await using store = await openStore(file, Date.now);
  await approve(store, request, Date.now());
  return file;
}

/** The renewal of that id, as the store has it. */
export async function renewalIn(store: Pick<Store, "requests">, id: string): Promise<RenewalRequest> {
  const request = await store.requests.find(id);
  if (request?.kind !== "renewal") throw new Error(`there is no renewal ${id}`);
  return request;
}
