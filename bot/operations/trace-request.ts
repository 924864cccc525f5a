import type { Endpoint } from "../domain/endpoint.ts";
import type { ManagedService } from "../domain/managed-service.ts";
import { freezesOver } from "../domain/freeze.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import type { RenewalRequest } from "../domain/renewal.ts";
import { layTrace, tellAudit, type Told, type Trace } from "../domain/trace.ts";
import type { AgentLog, AuditLog, Clock, Freezes, Inventory, Requests, Swaps, VaultAudit } from "./ports.ts";
import { within } from "./waiting.ts";

/** A renewal ends with its receipt: what its generation does afterwards is the agents' own. */
interface Span {
  from: number;
  until: number;
}

export interface TraceNeeds {
  requests: Pick<Requests, "find">;
  audit: Pick<AuditLog, "about">;
  freezes: Pick<Freezes, "all">;
  inventory: Pick<Inventory, "certificates">;
  /** null where certops.yaml names no audit file of Vault. */
  vaultAudit: VaultAudit | null;
  swaps: Swaps;
  agentLog: AgentLog;
  /** The log file of each endpoint's agent, by endpoint id, where certops.yaml names one. */
  agentLogs: ReadonlyMap<string, string>;
  services: ReadonlyMap<string, ManagedService>;
  clock: Clock;
}

const answerMs = 5_000;

/** Follows one request id through every source. Refused: not-found. */
export async function traceRequest(needs: TraceNeeds, id: string): Promise<Trace | Refusal> {
  const request = await needs.requests.find(id);
  if (!request) {
    return refuse("not-found", `There is no request ${id}.`, "An id looks like r-abcd2345; it stands in its message.");
  }
  const own = {
    source: "certops",
    rows: (await needs.audit.about(id)).map((row) => ({ ...row, text: tellAudit(row) })),
  };
  const frozen = freezesOver(await needs.freezes.all(), [request.service]);
  if (request.decidedAt === null || request.state === "denied") return layTrace(id, [laid(own)], frozen);

  const planned = (needs.services.get(request.service)?.endpoints ?? []).filter(({ instance }) =>
    request.plan.instances.includes(instance),
  );
  // What was written but not served is waited for until it is; only then does the rest belong to another story.
  const ended = own.rows.find(({ action }) => /^request\.(deployed|served-late|failed|void)$/.test(action))?.at;
  const span = { from: request.decidedAt, until: (ended ?? needs.clock()) + 1_000 };
  return layTrace(
    id,
    [
      laid(own),
      ...(await Promise.all([
        fromVault(needs, request, span),
        ...planned.flatMap((endpoint) => [
          fromAgent(needs, request, endpoint, span),
          fromInstance(needs, request, { endpoint, span }),
        ]),
        fromWire(needs, request, span),
      ])),
    ],
    frozen,
  );
}

function laid({
  source,
  rows,
}: {
  source: string;
  rows: { at: number; text: string; detail: Record<string, unknown> }[];
}): Told {
  return { source, rows: rows.map(({ at, text, detail }) => ({ at, text, detail })) };
}

function fromVault({ vaultAudit }: TraceNeeds, request: RenewalRequest, { until }: Span): Promise<Told> {
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

function fromAgent(
  { agentLog, agentLogs }: TraceNeeds,
  request: RenewalRequest,
  { id, instance }: Endpoint,
  span: Span,
): Promise<Told> {
  const source = `agent ${instance}`;
  const file = agentLogs.get(id);
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
  { swaps }: TraceNeeds,
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

function fromWire({ inventory }: TraceNeeds, request: RenewalRequest, { until }: Span): Promise<Told> {
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
