import type { Certificate } from "../../bot/domain/certificate.ts";
import type { Generations, IssuedList } from "../../bot/operations/ports.ts";

/** Stands in for Vault's KV v2 and for its list of issued certificates: versions, check-and-set, nothing lenient. */
export interface VaultStandIn {
  generations: Generations;
  issued: IssuedList;
  /** Every write that was taken, in order. */
  writes: Record<string, string>[];
  certificates: Certificate[];
  /** Set: every request fails with it. */
  down: Error | null;
  /** Somebody else writes. */
  put(instances: Record<string, string>): void;
}

export function vaultStandIn(
  instances: Record<string, string>,
  onWrite: (instances: Record<string, string>) => void,
): VaultStandIn {
  let version = 1;
  let held = instances;
  const reachable = () => {
    if (stand.down) throw stand.down;
  };
  const stand: VaultStandIn = {
    writes: [],
    certificates: [],
    down: null,
    put(next) {
      version += 1;
      held = { ...next };
    },
    generations: {
      async read() {
        reachable();
        return { version, instances: { ...held } };
      },
      async write(_, next, expected) {
        reachable();
        if (expected !== version) return false;
        stand.put(next);
        stand.writes.push({ ...next });
        onWrite({ ...next });
        return true;
      },
    },
    issued: {
      async serials() {
        reachable();
        return stand.certificates.map(({ serial }) => serial);
      },
      async read(_, serial) {
        reachable();
        return stand.certificates.find((certificate) => certificate.serial === serial) ?? null;
      },
    },
  };
  return stand;
}
