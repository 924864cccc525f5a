import { freezesOver } from "../domain/freeze.ts";
import { refuse, type Refusal } from "../domain/refusal.ts";
import { about, type Request } from "../domain/request.ts";
import { layTrace, tellAudit, type Told, type Trace } from "../domain/trace.ts";
import type { Firewall } from "./firewall/ports.ts";
import type { AuditLog, Freezes, Requests } from "./store-ports.ts";
import type { Clock, Mesh } from "./ports.ts";
import { firewallTold } from "./trace-firewall.ts";
import { intentionTold } from "./trace-intention.ts";
import { revocationTold } from "./trace-revocation.ts";
import { renewalTold, type RenewalSources, type Span } from "./trace-renewal.ts";

export interface TraceNeeds extends RenewalSources {
  requests: Pick<Requests, "find">;
  audit: Pick<AuditLog, "about">;
  freezes: Pick<Freezes, "all">;
  /** null where certops.yaml has none. */
  mesh: Mesh | null;
  firewall: Pick<Firewall, "rules" | "router"> | null;
  clock: Clock;
}

/** Follows one request id through every source. Refused: not-found. */
export async function traceRequest(needs: TraceNeeds, id: string): Promise<Trace | Refusal> {
  const request = await needs.requests.find(id);
  if (!request) {
    return refuse("not-found", `There is no request ${id}.`, "An id looks like r-abcd2345; it stands in its message.");
  }
  const { services, tells } = about(request);
  const audit = await needs.audit.about(id);
  const own = {
    source: "certops",
    rows: audit.map((row) => ({ at: row.at, text: tellAudit(row, tells), detail: row.detail })),
  };
  const frozen = freezesOver(await needs.freezes.all(), services);
  const { decidedAt, state } = request;
  if (decidedAt === null || state === "denied" || state === "withdrawn") return layTrace(id, [own], frozen);

  // What was written but not served is waited for until it is; only then does the rest belong to another story.
  const ended = audit.find(({ action }) =>
    /^request\.(deployed|served-late|applied|rolled-back|revoked|failed|void)$/.test(action),
  )?.at;
  const span = { from: decidedAt, until: (ended ?? needs.clock()) + 1_000 };
  return layTrace(id, [own, ...(await toldByOthers(needs, request, span))], frozen);
}

async function toldByOthers(needs: TraceNeeds, request: Request, span: Span): Promise<Told[]> {
  switch (request.kind) {
    case "renewal":
      return renewalTold(needs, request, span);
    case "intention":
      return intentionTold(needs, request);
    case "firewall":
      return firewallTold(needs, request);
    case "revocation":
      return revocationTold(needs, request);
    case "enrolment":
      return [];
  }
}
