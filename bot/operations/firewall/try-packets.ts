import type { PacketCheck, PacketPath, PacketSeen } from "../../domain/firewall/packet.ts";
import { isAsWanted } from "../../domain/firewall/packet.ts";
import type { FirewallLimits } from "../../domain/firewall/course.ts";
import { Failure } from "../../errors.ts";
import { pause } from "../waiting.ts";
import type { HeldFlow, Probers } from "./ports.ts";

/** Leave to try the paths of one request, from every zone that it needs; taken back in the end. */
export interface Trial extends AsyncDisposable {
  once(path: PacketPath): Promise<PacketSeen>;
  /** Once, or until it is as it has to be; at most that long. */
  until(check: PacketCheck, ms: number, signal: AbortSignal): Promise<PacketSeen>;
  /** null and why, where no connection comes to be. */
  hold(path: PacketPath): Promise<{ flow: HeldFlow } | { why: string }>;
}

/** Longer than any request is worked on in one go. */
const grantMs = 900_000;
const againMs = 100;

/** `id`: of the request. A prober that does not take the grant says so at each try. */
export async function openTrial(
  probers: Probers,
  { id, paths, now }: { id: string; paths: PacketPath[]; now: number },
  { tryMs }: Pick<FirewallLimits, "tryMs">,
): Promise<Trial> {
  const zones = [...new Set(paths.map(({ zone }) => zone))];
  const addresses = [...new Set(paths.map(({ address }) => address))];
  const ports = [...new Set(paths.map(({ port }) => port))];
  const problems = new Map<string, string>();
  const grant = async (zone: string): Promise<void> => {
    try {
      await probers.grant(id, { zone, addresses, ports, until: now + grantMs });
      problems.delete(zone);
    } catch (error) {
      problems.set(zone, whyOf(zone, error));
    }
  };
  await Promise.all(zones.map(grant));
  const once = async (path: PacketPath): Promise<PacketSeen> => {
    // One that was away may be back.
    if (problems.has(path.zone)) await grant(path.zone);
    const why = problems.get(path.zone);
    return why === undefined ? probers.try({ ...path, grant: id }, tryMs) : { outcome: "unknown", why };
  };
  return {
    once,
    async until(check, ms, signal) {
      const deadline = performance.now() + ms;
      for (;;) {
        const after = await once(check);
        if (isAsWanted({ ...check, after }) || performance.now() >= deadline || signal.aborted) return after;
        await pause(againMs, signal);
      }
    },
    async hold(path) {
      try {
        return { flow: await probers.hold({ ...path, grant: id }, tryMs) };
      } catch (error) {
        return { why: whyOf(path.zone, error) };
      }
    },
    async [Symbol.asyncDispose]() {
      // A grant that cannot be taken back lapses.
      if (zones.length > 0) await probers.revoke(id).catch(() => {});
    },
  };
}

function whyOf(zone: string, error: unknown): string {
  const message = error instanceof Failure ? error.message : String(error);
  return `The prober of ${zone} could not be asked: ${message}`;
}
