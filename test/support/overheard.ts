import { randomBytes } from "node:crypto";
import { eventually } from "../../lab/eventually.ts";
import type { MeshInstance } from "../../lab/state.ts";
import { Capture } from "./capture.ts";

const CAPTURED_MS = 20_000;
/** How a record of TLS begins that holds what an application said. */
const RECORD = Buffer.from([0x17, 0x03, 0x03]);

/** How often something was seen in the packets of a port. */
interface Seen {
  /** What is in every request twice: in its path and in a header. */
  marker: number;
  /** What every answer says. */
  greeting: number;
  records: number;
}

/**
 * Has one app of the mesh call the other that often, and captures the wire between their sidecars as well as the other
 * app's own hop to its sidecar, until that hop has shown every request, and the wire a record for each.
 */
export async function overheard(
  from: MeshInstance,
  to: MeshInstance,
  calls: number,
): Promise<{ wire: Seen; hop: Seen }> {
  const marker = `marker-${randomBytes(8).toString("hex")}`;
  await using wire = await Capture.start(to.sidecarPort);
  await using hop = await Capture.start(to.port);
  for (let call = 0; call < calls; call += 1) {
    const answer = await fetch(`http://${from.host}:${from.upstreamPort}/?${marker}`, {
      headers: { "x-marker": marker },
    });
    if (answer.status !== 200) throw new Error(`it was answered with HTTP ${answer.status}`);
    await answer.text();
  }
  const seen = (capture: Capture): Seen => ({
    marker: capture.count(marker),
    greeting: capture.count("Hello from"),
    records: capture.count(RECORD),
  });
  const all = async () => {
    const both = { wire: seen(wire), hop: seen(hop) };
    if (both.hop.marker >= 2 * calls && both.wire.records >= calls) return both;
    throw new Error(JSON.stringify(both));
  };
  // Not before this is done do the captures end.
  return await eventually("all of it to be captured", all, AbortSignal.timeout(CAPTURED_MS), 100);
}
