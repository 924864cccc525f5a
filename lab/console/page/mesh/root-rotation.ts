import type { MeshStatus } from "../wire/status-types.ts";
import { rootOf } from "./identity.ts";

/** How far a rotation of the mesh's root has come. */
export interface Progress {
  /** Leaves that lead to the active root, of all that are served. */
  moved: number;
  leaves: number;
  done: boolean;
}

/** `before` is the id of the root that was active at the click; null while it still is. */
export function progress({ ca, sidecars }: MeshStatus, before: string | null): Progress | null {
  if (!ca.roots.some(({ active, id }) => active && id !== before)) return null;
  const served = sidecars.filter(({ certificate }) => certificate !== null);
  const moved = served.filter(({ certificate }) => rootOf(certificate, ca.roots)?.active).length;
  return { moved, leaves: served.length, done: moved === served.length };
}
