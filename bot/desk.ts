import { readFile } from "node:fs/promises";
import type { ConsulClient } from "./adapters/consul/client.ts";
import { serviceNames } from "./adapters/consul/service-names.ts";
import { hostAddresses } from "./adapters/host-addresses.ts";
import { requestId } from "./adapters/request-id.ts";
import { certificatesIn } from "./adapters/x509.ts";
import { approvalsDesk } from "./desk-approvals.ts";
import { firewallDesk } from "./desk-firewall.ts";
import { endpointsCalled, watchedEndpoints } from "./domain/estate.ts";
import { type Ground, ownNames } from "./domain/ground.ts";
import { tellPair } from "./domain/intention.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import { isRefusal } from "./domain/refusal.ts";
import { answerQuery } from "./operations/answer-query.ts";
import type { Desk, MeshDesk } from "./operations/command.ts";
import { checkIntention } from "./operations/check-intention.ts";
import { checkRenewal } from "./operations/check-renewal.ts";
import { answerCall } from "./operations/explain-call.ts";
import { explainChain } from "./operations/explain-chain.ts";
import { explainPair } from "./operations/explain-pair.ts";
import { explainWhy } from "./operations/explain-why.ts";
import type { FirewallDesk } from "./operations/firewall/firewall-command.ts";
import { learnPlan } from "./operations/firewall/learn-plan.ts";
import type { Firewall } from "./operations/firewall/ports.ts";
import { proposeRestore } from "./operations/firewall/propose-restore.ts";
import { freeze, thaw } from "./operations/freeze.ts";
import { listIntentions } from "./operations/list-intentions.ts";
import type { GroupsOf } from "./operations/membership.ts";
import type { Mesh } from "./operations/ports.ts";
import { proposeIntention } from "./operations/propose-intention.ts";
import { proposeRenewal, tryRenewal, type Wanted } from "./operations/propose-renewal.ts";
import type { Passkeys } from "./operations/passkeys/ports.ts";
import { askToEnrol } from "./operations/passkeys/enrol-passkey.ts";
import type { PasskeyDesk } from "./operations/passkeys/passkey-command.ts";
import { withdrawPasskey } from "./operations/passkeys/withdraw-passkey.ts";
import { joinRevoked, joinRevokedInPair } from "./operations/revocation/explain-revoked.ts";
import { proposeRevocation, type WantedRevocation } from "./operations/revocation/propose-revocation.ts";
import { redrawOpenRequest } from "./operations/redraw-open-request.ts";
import { snooze, wake } from "./operations/snooze.ts";
import { suggestServices } from "./operations/suggest-services.ts";
import { traceRequest } from "./operations/trace-request.ts";
import type { Parts } from "./parts.ts";

interface DeskNeeds {
  ground: () => Ground[];
  /** Compares the notices with what is, now. */
  lookAtExpiry: () => Promise<void>;
  vault: () => VaultHealth | null;
  groupsOf: GroupsOf;
}

/** The operations behind the commands, each with what it needs. */
export function createDesk(parts: Parts, { ground, vault, groupsOf, lookAtExpiry }: DeskNeeds): Desk {
  const { estate } = parts;
  const {
    probe,
    identity: { caFile },
  } = parts.config;
  const looking = { estate, deadlineMs: probe.deadline };
  return {
    services: parts.services,
    vault,
    ask: (query) => answerQuery(parts, { ...estate, ground: ground() }, query),
    renew: (wanted) => thenLook(renew(parts, groupsOf, wanted), lookAtExpiry),
    tryRenewal: (wanted) => tryRenewal(renewing(parts, groupsOf), wanted),
    checkRenewal: (fields) => checkRenewal({ ...parts, groupsOf }, fields),
    suggest: (typed) => suggestServices(parts, typed),
    revoke: (wanted) => revoke({ ...parts, own: ownNames(ground()) }, groupsOf, wanted),
    chain: async (name) =>
      explainChain(parts, { ...looking, roots: certificatesIn(await readFile(caFile, "utf8"), caFile) }, name),
    why: async (name) => joinRevoked(parts, await explainWhy(parts, looking, name)),
    whyPair: async (pair) => joinRevokedInPair(parts, await explainPair(parts, looking, pair)),
    trace: (id) => traceRequest(parts, id),
    freeze: (wanted) => freeze(parts, wanted),
    thaw: (wanted) => thaw({ ...parts, groupsOf }, wanted),
    snooze: (wanted) => thenLook(snooze(parts, { ...estate, ground: ground() }, wanted), lookAtExpiry),
    wake: (wanted) => thenLook(wake(parts, { ...estate, ground: ground() }, wanted), lookAtExpiry),
    approvals: approvalsDesk({ ...parts, groupsOf }),
    mesh: parts.mesh && meshDesk(parts, parts.mesh, groupsOf),
    firewall:
      parts.firewall &&
      parts.consul &&
      firewallDeskOf(parts, { firewall: parts.firewall, consul: parts.consul, groupsOf }),
    passkeys: parts.passkeys && passkeyDesk(parts, { passkeys: parts.passkeys, groupsOf }),
  };
}

/** Its message shows at once what somebody did. */
async function thenLook<T>(done: Promise<T>, look: () => Promise<void>): Promise<T> {
  const value = await done;
  // What they did is done, whatever comes of the look; the next one follows shortly.
  if (!isRefusal(value)) await look().catch(() => {});
  return value;
}

const renewing = (parts: Parts, groupsOf: DeskNeeds["groupsOf"]) => ({
  ...parts,
  groupsOf,
  newId: () => requestId("renewal"),
});

async function renew(parts: Parts, groupsOf: DeskNeeds["groupsOf"], wanted: Wanted) {
  const proposed = await proposeRenewal(renewing(parts, groupsOf), wanted);
  return redrawn(parts, proposed, { kind: "renewal", subject: wanted.service.name, user: wanted.requester });
}

async function revoke(parts: Parts & { own: string[] }, groupsOf: DeskNeeds["groupsOf"], wanted: WantedRevocation) {
  const proposed = await proposeRevocation({ ...parts, groupsOf, newId: () => requestId("revocation") }, wanted);
  const { services, estate } = parts;
  const [called] = endpointsCalled(estate, wanted.target);
  const subject = services.has(wanted.target) ? wanted.target : called?.service;
  return subject ? redrawn(parts, proposed, { kind: "revocation", subject, user: wanted.requester }) : proposed;
}

function meshDesk(parts: Parts, mesh: Mesh, groupsOf: DeskNeeds["groupsOf"]): MeshDesk {
  const needs = { ...parts, mesh, groupsOf };
  return {
    services: mesh.policy.services,
    list: () => listIntentions(needs),
    check: (fields) => checkIntention(needs, fields),
    why: (pair) => answerCall(needs, pair),
    async ask(wanted) {
      const proposed = await proposeIntention({ ...needs, newId: () => requestId("intention") }, wanted);
      return redrawn(parts, proposed, { kind: "intention", subject: tellPair(wanted), user: wanted.requester });
    },
  };
}

function passkeyDesk(
  parts: Parts,
  { passkeys, groupsOf }: { passkeys: Passkeys; groupsOf: DeskNeeds["groupsOf"] },
): PasskeyDesk {
  const needs = { ...parts, passkeys, groupsOf };
  return {
    enrol: (wanted) => askToEnrol(needs, wanted),
    list: () => passkeys.kept.all(),
    withdraw: (wanted) => withdrawPasskey(needs, wanted),
  };
}

/** Longer than the gate, the plan and the probe take together. */
const learnMs = 60_000;

function firewallDeskOf(
  parts: Parts,
  { firewall, consul, groupsOf }: { firewall: Firewall; consul: ConsulClient; groupsOf: DeskNeeds["groupsOf"] },
): FirewallDesk {
  const needs = { ...parts, firewall, groupsOf, newId: () => requestId("firewall") };
  return firewallDesk({
    ...needs,
    serviceNames: serviceNames(consul),
    resolve: hostAddresses,
    learn: (request) => learnPlan(needs, request, AbortSignal.timeout(learnMs)),
    restore: (wanted) => proposeRestore(needs, wanted),
    async looks(ids) {
      const observed = new Map((await parts.inventory.observations()).map((seen) => [seen.endpoint, seen]));
      const asked = watchedEndpoints(parts.estate).filter(({ id }) => ids.includes(id) && observed.has(id));
      return asked.map((endpoint) => ({ endpoint, code: observed.get(endpoint.id)?.problem?.code ?? null }));
    },
  });
}

/** Who asks for what is open already may be looking for its message. */
async function redrawn<T extends object>(
  parts: Parts,
  proposed: T,
  open: Parameters<typeof redrawOpenRequest>[1],
): Promise<T> {
  if (isRefusal(proposed) && proposed.code === "already-open") await redrawOpenRequest(parts, open);
  return proposed;
}
