import { renewalOf, type RevocationRequest } from "../domain/revocation/revocation-request.ts";
import { tellEndpoint } from "../domain/revocation/revoking.ts";
import type { Told } from "../domain/trace.ts";
import type { Requests } from "./store-ports.ts";

/** What came of the renewal that went before, and since when each instance holds the list. */
export async function revocationTold(
  { requests }: { requests: Pick<Requests, "find"> },
  { id, receipt }: RevocationRequest,
): Promise<Told[]> {
  const renewal = await requests.find(renewalOf(id));
  const decided = renewal?.decidedAt ?? null;
  return [
    renewal === null || decided === null
      ? { source: "renewal", why: "none was begun" }
      : {
          source: "renewal",
          rows: [{ at: renewal.createdAt, text: `${renewal.id} went before: ${renewal.state}`, detail: {} }],
        },
    ...(receipt?.holders ?? []).map(({ endpoint, heldAt, problem }): Told => {
      const source = tellEndpoint(endpoint);
      if (heldAt === null) return { source, why: problem ?? "it did not say whether it holds the list" };
      return { source, rows: [{ at: heldAt, text: "refuses what was revoked: its list names them", detail: {} }] };
    }),
  ];
}
