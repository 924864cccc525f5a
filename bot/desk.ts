import { readFile } from "node:fs/promises";
import { requestId } from "./adapters/request-id.ts";
import { certificatesIn } from "./adapters/x509.ts";
import type { Ground } from "./domain/ground.ts";
import { tellPair } from "./domain/intention.ts";
import type { VaultHealth } from "./domain/vault-health.ts";
import { isRefusal } from "./domain/refusal.ts";
import { answerQuery } from "./operations/answer-query.ts";
import type { Desk, MeshDesk } from "./operations/command.ts";
import { answerCall } from "./operations/explain-call.ts";
import { explainChain } from "./operations/explain-chain.ts";
import { explainWhy } from "./operations/explain-why.ts";
import { freeze, thaw } from "./operations/freeze.ts";
import { listIntentions } from "./operations/list-intentions.ts";
import type { Mesh } from "./operations/ports.ts";
import { proposeIntention } from "./operations/propose-intention.ts";
import { proposeRenewal, type Wanted } from "./operations/propose-renewal.ts";
import { redrawOpenRequest } from "./operations/redraw-open-request.ts";
import { traceRequest } from "./operations/trace-request.ts";
import type { Parts } from "./parts.ts";

interface DeskNeeds {
  ground: () => Ground[];
  vault: () => VaultHealth | null;
  groupsOf: (user: string) => Promise<string[]>;
}

/** The operations behind the commands, each with what it needs. */
export function createDesk(parts: Parts, { ground, vault, groupsOf }: DeskNeeds): Desk {
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
    renew: (wanted) => renew(parts, wanted),
    chain: async (name) =>
      explainChain(parts, { ...looking, roots: certificatesIn(await readFile(caFile, "utf8"), caFile) }, name),
    why: (name) => explainWhy(parts, looking, name),
    trace: (id) => traceRequest(parts, id),
    freeze: (wanted) => freeze(parts, wanted),
    thaw: (wanted) => thaw({ ...parts, groupsOf }, wanted),
    mesh: parts.mesh && meshDesk(parts, parts.mesh),
  };
}

async function renew(parts: Parts, wanted: Wanted) {
  const proposed = await proposeRenewal({ ...parts, newId: () => requestId("renewal") }, wanted);
  return redrawn(parts, proposed, { kind: "renewal", subject: wanted.service.name, user: wanted.requester });
}

function meshDesk(parts: Parts, mesh: Mesh): MeshDesk {
  const needs = { ...parts, mesh };
  return {
    services: mesh.policy.services,
    list: () => listIntentions(needs),
    why: (pair) => answerCall(needs, pair),
    async ask(wanted) {
      const proposed = await proposeIntention({ ...needs, newId: () => requestId("intention") }, wanted);
      return redrawn(parts, proposed, { kind: "intention", subject: tellPair(wanted), user: wanted.requester });
    },
  };
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
