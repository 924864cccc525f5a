import type { JobStep } from "../../domain/steps.ts";
import { revocationReceipt } from "../../domain/revocation/receipt.ts";
import { aboutRevocation, renewalOf, type RevocationRequest } from "../../domain/revocation/revocation-request.ts";
import { type Holding, type RevocationLimits, type Revoking, whyNotHeld } from "../../domain/revocation/revoking.ts";
import type { JobInHand } from "../job-in-hand.ts";
import { pause } from "../waiting.ts";
import { announceList, type AnnounceNeeds } from "./announce-list.ts";
import { renewFirst, type RenewFirstNeeds } from "./renew-first.ts";
import { listRevoked, revokeAll, type RevokeNeeds } from "./revoke-serials.ts";
import { type ClearNeeds, stillServed } from "./still-served.ts";
import { allHold, type HoldNeeds, lookAtHolders, silentOnes } from "./watch-holders.ts";

export type RevocationNeeds = RenewFirstNeeds & ClearNeeds & RevokeNeeds & AnnounceNeeds & HoldNeeds;

type RevocationJob = JobInHand<RevocationRequest, Revoking, Holding>;
type Later = { dueAt: number } | null;

/**
 * Takes one revocation to its end, from wherever a process before this one left it; stops early at the signal. While the
 * renewal that comes first goes on, it says when to look again. Nothing is revoked before that one is deployed and no
 * instance shows an old certificate any more.
 */
export async function runRevocation(
  needs: RevocationNeeds,
  job: RevocationJob,
  request: RevocationRequest,
  limits: RevocationLimits,
  signal: AbortSignal,
): Promise<Later> {
  const { clock } = needs;
  const since = clock();
  const { mount } = request.plan.renewal.issuer;
  let held: Holding = job.progress ?? {};
  let course = await begin(job, request, { held, since });
  const advance = (
    step: JobStep<"revocation">,
    settled: Partial<Revoking>,
    detail: Record<string, unknown>,
  ): Promise<void> => {
    course = { ...course, ...settled };
    return job.advance(step, { data: course, progress: held }, clock(), detail);
  };
  const end = async (state: "revoked" | "not-held" | "failed" | "void", problem: string | null): Promise<null> => {
    const receipt =
      state === "void"
        ? aboutRevocation(request).nothingWritten(problem ?? "")
        : revocationReceipt({ request, course, held, silent: silentOnes(needs), problem });
    const heldBy = receipt.holders.filter(({ heldAt }) => heldAt !== null).map(({ endpoint }) => endpoint);
    await job.finish({ state, receipt }, clock(), { serials: receipt.serials, heldBy });
    return null;
  };

  if (course.serials === null) {
    const renewed = await renewFirst(needs, request, { startedAt: course.startedAt, turnMs: limits.turnMs });
    if ("dueAt" in renewed) return renewed;
    if ("problem" in renewed) return end(renewed.state, renewed.problem);
    const { at, serials } = renewed;
    await advance("renewed", { renewedAt: at, serials }, { serials });
  }
  const serials = course.serials ?? [];

  if (course.revokedAt === null) {
    const showing = await stillShown(needs, request, { serials, deadline: since + limits.clearMs }, limits, signal);
    if (showing === null) return null;
    if (showing.length > 0) return end("failed", `${showing.join("; ")}. Nothing was revoked.`);
    const came = await revokeAll(needs, { mount, serials, deadline: clock() + limits.writeMs }, signal);
    if (came === null) return null;
    const { revoked, at, problem } = came;
    await advance("taken-back", { revoked, revokedAt: at, problem }, { serials: Object.keys(revoked), problem });
  }

  const revoked = serials.filter((serial) => course.revoked[serial] === "revoked");
  if (revoked.length === 0) return end(course.problem === null ? "revoked" : "failed", course.problem);
  if (course.listedAt === null) {
    const came = await listRevoked(needs, { mount, serials: revoked, deadline: clock() + limits.writeMs }, signal);
    if (came === null) return null;
    if (!("at" in came)) return end("failed", notListed("problem" in came ? came.problem : ""));
    await advance("listed", { listedAt: came.at }, { serials: revoked });
  }

  await announceList(needs, request.id);
  await using _saving = job.saveEachSecond(() => held);
  // An outage of ours is not held against the instances.
  const holdBy = Math.max(since, course.listedAt ?? since) + limits.holdMs;
  while (!signal.aborted) {
    held = await lookAtHolders(needs, { serials: revoked, held });
    if (allHold(held)) return end(course.problem === null ? "revoked" : "failed", course.problem);
    if (clock() >= holdBy) return end("not-held", [course.problem, whyNotHeld(held, limits)].filter(Boolean).join(" "));
    await pause(limits.lookEveryMs, signal);
  }
  return null;
}

/** A look while the renewal goes on is no taking over from one that was cut off. */
async function begin(
  job: RevocationJob,
  { id }: RevocationRequest,
  { held, since }: { held: Holding; since: number },
): Promise<Revoking> {
  if (job.data === null) {
    const begun: Revoking = {
      startedAt: since,
      resumedAt: [],
      renewal: renewalOf(id),
      renewedAt: null,
      serials: null,
      revoked: {},
      revokedAt: null,
      problem: null,
      listedAt: null,
    };
    await job.advance("started", { data: begun, progress: held }, since, { renewal: begun.renewal });
    return begun;
  }
  if (job.data.serials === null) return job.data;
  const resumed = { ...job.data, resumedAt: [...job.data.resumedAt, since] };
  await job.resume({ data: resumed, progress: held }, since);
  return resumed;
}

/** Who shows one of them still when the time is over; null: the signal came first. */
async function stillShown(
  needs: RevocationNeeds,
  request: RevocationRequest,
  { serials, deadline }: { serials: string[]; deadline: number },
  { deadlineMs, lookEveryMs }: RevocationLimits,
  signal: AbortSignal,
): Promise<string[] | null> {
  while (!signal.aborted) {
    const showing = await stillServed(needs, request, { serials, deadlineMs });
    if (showing.length === 0 || needs.clock() >= deadline) return showing;
    await pause(lookEveryMs, signal);
  }
  return null;
}

const notListed = (problem: string) =>
  `Revoked in Vault, yet its revocation list was not made anew, so the old ones are still let in: ${problem}`;
