import { restartNotes, timed } from "./asked.ts";
import type { Certificate } from "./certificate.ts";
import type { Receipt, RenewalRequest } from "./renewal.ts";
import { type Proof, type Rollout, waves } from "./rollout.ts";
import { type Evidence, whyNotServed } from "./not-served.ts";

/** What is known when a renewal has come to its end. */
export interface Outcome {
  request: Pick<RenewalRequest, "id" | "plan" | "createdAt" | "decidedAt" | "evidence">;
  rollout: Rollout;
  proof: Proof;
  /** What Vault issued for the planned names since before the write; null when Vault did not say. */
  issued: Certificate[] | null;
  /** What explains an instance that does not serve the generation. */
  evidence: Map<string, Evidence>;
  problem: string | null;
}

export function receiptFor(outcome: Outcome): Receipt {
  const { request, rollout, proof, issued, problem } = outcome;
  // A write whose answer was lost shows on the wire.
  const touched = { ...rollout.written, ...proof.served };
  if (problem !== null && Object.keys(touched).length === 0) return nothingWritten(request.id, problem);
  const instances = request.plan.instances.map((instance) => instanceOf(outcome, instance));
  return {
    generation: request.id,
    instances,
    steps: steps(outcome),
    handshakes: { tried: proof.tried, failed: proof.failed, causes: proof.causes },
    besides: besides(issued ?? [], instances),
    notes: notes(outcome),
    problem,
  };
}

/** Of a renewal that ended before its first write: there is nothing to count. */
export function nothingWritten(generation: string, problem: string): Receipt {
  return {
    generation,
    instances: [],
    steps: [],
    handshakes: { tried: 0, failed: 0, causes: {} },
    besides: [],
    notes: [],
    problem,
  };
}

function instanceOf({ request, rollout, proof, issued, evidence }: Outcome, instance: string): Receipt["instances"][0] {
  const served = proof.served[instance];
  const latest = proof.latest[instance];
  const before = proof.before[instance]?.serial ?? request.evidence.find((one) => one.instance === instance)?.serial;
  return {
    instance,
    oldSerial: before ?? null,
    newSerial: latest?.serial ?? null,
    notAfter: latest?.notAfter ?? null,
    servedAt: served?.at ?? null,
    problem: whyNotServed(instance, {
      written: rollout.written[instance] !== undefined,
      seen: evidence.get(instance) ?? null,
      unserved: unserved(request.id, issued, proof),
    }),
  };
}

/** Serials that Vault issued for this generation and no instance ever showed; null when Vault did not say. */
function unserved(generation: string, issued: Certificate[] | null, proof: Proof): string[] | null {
  const shown = new Set([...Object.values(proof.served), ...Object.values(proof.latest)].map(({ serial }) => serial));
  return (
    issued
      ?.filter((certificate) => certificate.generation === generation && !shown.has(certificate.serial))
      .map(({ serial }) => serial) ?? null
  );
}

function besides(issued: Certificate[], instances: Receipt["instances"]): string[] {
  const planned = new Set(instances.flatMap(({ oldSerial, newSerial }) => [oldSerial, newSerial]));
  return issued.map(({ serial }) => serial).filter((serial) => !planned.has(serial));
}

function steps({ request, rollout, proof }: Outcome): Receipt["steps"] {
  const all = waves(request.plan);
  const ofWaves = all.flatMap((wave, index) => {
    const named = all.length > 1 && index === 0 ? `${wave[0]} ` : "";
    const served = wave.flatMap((instance) => proof.served[instance]?.at ?? []).toSorted((a, b) => a - b);
    const everyOne = served.length === wave.length ? served.at(-1) : undefined;
    return [
      { name: `${named}written`, at: latestOf(wave.flatMap((instance) => rollout.written[instance] ?? [])) },
      ...(named ? [] : [{ name: "first instance served", at: served[0] }]),
      { name: named ? `${named}served` : "every instance served", at: everyOne },
      { name: `${named}proven`, at: rollout.proven[index] },
    ];
  });
  return timed([{ name: "requested", at: request.createdAt }, { name: "approved", at: request.decidedAt }, ...ofWaves]);
}

const latestOf = (times: number[]): number | undefined => (times.length > 0 ? Math.max(...times) : undefined);

function notes({ rollout, issued }: Outcome): string[] {
  return [
    ...restartNotes(rollout.resumedAt, "counted nothing"),
    ...(issued === null ? ["Vault did not say what else it issued meanwhile."] : []),
  ];
}
