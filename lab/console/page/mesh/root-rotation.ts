import type { MeshStatus } from "../wire/status-types.ts";
import { rootOf } from "./identity.ts";

/** How far a rotation of the mesh's root has come. */
export interface Progress {
  /** Leaves seen to lead to the active root: a sidecar that does not answer has not been seen to. */
  moved: number;
  /** One to each sidecar. */
  leaves: number;
  done: boolean;
}

/** `before` is the id of the root that was active at the click; null while it still is. */
export function progress({ ca, sidecars }: MeshStatus, before: string | null): Progress | null {
  if (!ca.roots.some(({ active, id }) => active && id !== before)) return null;
  const moved = sidecars.filter(({ certificate }) => rootOf(certificate, ca.roots)?.active).length;
  return { moved, leaves: sidecars.length, done: moved === sidecars.length };
}
