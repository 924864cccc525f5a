import { readFile } from "node:fs/promises";
import { requestId } from "./adapters/request-id.ts";
import { certificatesIn } from "./adapters/x509.ts";
import type { Ground } from "./domain/ground.ts";
import { answerQuery } from "./operations/answer-query.ts";
import type { Desk } from "./operations/command.ts";
import { explainChain } from "./operations/explain-chain.ts";
import { explainWhy } from "./operations/explain-why.ts";
import { freeze, thaw } from "./operations/freeze.ts";
import { proposeRenewal } from "./operations/propose-renewal.ts";
import { traceRequest } from "./operations/trace-request.ts";
import type { Parts } from "./parts.ts";

/** The operations behind the commands, each with what it needs. */
export function createDesk(parts: Parts, ground: () => Ground[]): Desk {
  const {
    estate,
    probe,
    identity: { caFile },
  } = parts.config;
  const looking = { estate, deadlineMs: probe.deadline };
  return {
    services: parts.services,
    ask: (query) => answerQuery(parts, { ...estate, ground: ground() }, query),
    renew: (wanted) => proposeRenewal({ ...parts, newId: requestId }, wanted),
    chain: async (name) =>
      explainChain(parts, { ...looking, roots: certificatesIn(await readFile(caFile, "utf8"), caFile) }, name),
    why: (name) => explainWhy(parts, looking, name),
    trace: (id) => traceRequest(parts, id),
    freeze: (wanted) => freeze(parts, wanted),
    thaw: (wanted) => thaw(parts, wanted),
  };
}
