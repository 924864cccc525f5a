import { listerOf } from "../domain/catalog.ts";
import type { Endpoint } from "../domain/endpoint.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { renderedAt, whyUnasked } from "../domain/placement.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import type { Told } from "../domain/trace.ts";
import { Failure } from "../errors.ts";
import { type PlacedAll, placedBy, placementOf } from "./placed.ts";
import type { AgentLog, Placements, Swaps, VaultAudit } from "./ports.ts";
import type { Inventory } from "./inventory.ts";
import { within } from "./waiting.ts";

export interface RenewalSources {
  inventory: Pick<Inventory, "certificates">;
  /** null where certops.yaml names no audit file of Vault. */
  vaultAudit: VaultAudit | null;
  swaps: Swaps;
  agentLog: AgentLog;
  /** The log file of each endpoint's agent, by endpoint id, where certops.yaml names one. */
  agentLogs: { get(endpoint: string): string | undefined };
  /** null where certops.yaml names no scheduler. */
  placements: Placements | null;
  services: ReadonlyMap<string, ManagedService>;
}

/** A renewal ends with its receipt: what its generation does afterwards is the agents' own. */
export interface Span {
  from: number;
  until: number;
}

const answerMs = 5_000;

/** What everybody but the bot itself tells of a renewal. */
export async function renewalTold(needs: RenewalSources, request: RenewalRequest, span: Span): Promise<Told[]> {
  const service = needs.services.get(request.service);
  const placed = placedBy(needs.placements, request.plan.deployment, service?.catalog?.tag ?? null);
  return Promise.all([
    fromVault(needs, request, span),
    ...request.plan.instances.flatMap((instance) => {
      const endpoint = service?.endpoints.find((one) => one.instance === instance);
      const renderer =
        request.plan.deployment.kind === "nomad"
          ? fromNomad(placed, request, instance, span)
          : fromAgent(needs, request, instance, span);
      return [
        renderer,
        endpoint ? fromInstance(needs, request, { endpoint, span }) : unread(instance, notListed(service)),
      ];
    }),
    fromWire(needs, request, span),
  ]);
}

const notListed = (service: ManagedService | undefined) => `${listerOf(service?.catalog ?? null)} does not list it now`;

function fromVault({ vaultAudit }: RenewalSources, request: RenewalRequest, { until }: Span): Promise<Told> {
  const source = "vault audit";
  if (!vaultAudit) return unread(source, "certops.yaml names no audit file of Vault (evidence.vaultAudit)");
  return read(source, request, "it says nothing of this generation", async () => {
    const all = await vaultAudit(request.id);
    const meanwhile = all.filter(({ at }) => at <= until);
    const rows = meanwhile.map(({ at, serial, by, refused }) => ({
      at,
      text: refused === null ? `issued ${serial ?? "a certificate"} to ${by}` : `refused ${by}: ${refused}`,
      detail: { serial, by },
    }));
    const again = all.filter(({ at, refused }) => at > until && refused === null);
    const last = again.at(-1);
    if (last === undefined) return rows;
    const times = again.length === 1 ? "once" : `${again.length} times`;
    return [...rows, { at: last.at, text: `renewed by itself ${times} since, the last now`, detail: {} }];
  });
}

/** Nomad keeps no log of what it renders, and a few events of each task. */
function fromNomad(placed: Promise<PlacedAll>, request: RenewalRequest, instance: string, span: Span): Promise<Told> {
  const nothing = "no event of its task tells of it: Nomad keeps the last ten, and with change_mode noop it notes none";
  return read(`nomad ${instance}`, request, nothing, async () => {
    const its = placementOf(await placed, instance);
    const unasked = its === null ? "certops.yaml names no Nomad" : whyUnasked(its);
    if (unasked !== null) throw new Failure("nomad-unread", unasked, "Ask again when it answers.");
    const allocation = typeof its === "object" && its !== null && "allocation" in its ? its.allocation : null;
    return (allocation === null ? [] : renderedAt(allocation))
      .filter((at) => at >= span.from && at <= span.until)
      .map((at) => ({ at, text: "rendered its template anew and told its task", detail: {} }));
  });
}

function fromAgent(
  { agentLog, agentLogs }: RenewalSources,
  request: RenewalRequest,
  instance: string,
  span: Span,
): Promise<Told> {
  const source = `agent ${instance}`;
  const file = agentLogs.get(`${request.service}/${instance}`);
  if (file === undefined) return unread(source, `certops.yaml names no agentLog for ${instance}`);
  return read(source, request, "it rendered nothing in that time", async () =>
    (await agentLog(file, span)).map(({ at, destination }) => ({
      at,
      text: `rendered ${destination}`,
      detail: { destination },
    })),
  );
}

function fromInstance(
  { swaps }: RenewalSources,
  request: RenewalRequest,
  { endpoint, span }: { endpoint: Endpoint; span: Span },
): Promise<Told> {
  const source = endpoint.instance;
  if (endpoint.admin === null) return unread(source, `certops.yaml names no admin port for ${source}`);
  return read(source, request, "it remembers no swap to this generation; it may have been restarted", async () =>
    (await swaps(endpoint))
      .filter(({ at, generation }) => generation === request.id && at <= span.until)
      .map(({ at, outcome, serial, previousSerial, problem }) => ({
        at,
        text:
          outcome === "swapped"
            ? `swapped ${previousSerial ?? "nothing"} for ${serial ?? "a certificate"}`
            : `refused ${serial ?? "a certificate"}: ${problem ?? "no reason given"}`,
        detail: { serial, previousSerial },
      })),
  );
}

function fromWire({ inventory }: RenewalSources, request: RenewalRequest, { until }: Span): Promise<Told> {
  return read("wire", request, "the inventory remembers no handshake that showed it", async () => [
    ...(request.receipt?.instances ?? []).flatMap(({ instance, newSerial, servedAt }) =>
      servedAt === null
        ? []
        : [{ at: servedAt, text: `${instance} shows ${newSerial}`, detail: { serial: newSerial } }],
    ),
    ...(await inventory.certificates({ generation: request.id }))
      .filter(({ servedAt, lastSeen }) => servedAt.length > 0 && lastSeen <= until)
      .map(({ lastSeen, serial, servedAt }) => ({
        at: lastSeen,
        text: `${servedAt.join(", ")} last seen with ${serial}`,
        detail: { serial },
      })),
  ]);
}

/** `nothing`: what it means that a source tells nothing of a renewal that was deployed. */
async function read(
  source: string,
  { state }: RenewalRequest,
  nothing: string,
  rows: () => Promise<Extract<Told, { rows: unknown }>["rows"]>,
): Promise<Told> {
  try {
    const found = await within(answerMs, source, rows());
    return found.length === 0 && state === "deployed" ? { source, why: nothing } : { source, rows: found };
  } catch (error) {
    return { source, why: error instanceof Error ? error.message : String(error) };
  }
}

const unread = async (source: string, why: string): Promise<Told> => ({ source, why });
