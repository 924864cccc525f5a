import type { CertificateRecord } from "./certificate.ts";
import type { Condition } from "./condition.ts";
import { tellDuration } from "./duration.ts";
import type { ObservationRecord } from "./endpoint.ts";
import { type Window, expiringFrom, isExpired, isExpiring, remainingMs } from "./expiry.ts";
import type { Standing } from "./lineage.ts";
import type { TakenBack } from "./revocation/revoking.ts";

/** What a certificate's conditions are judged by. */
export interface Circumstances {
  standing: Standing;
  /** The latest observations of the endpoints it is, or was last, served at. */
  observations: ObservationRecord[];
  /** Its service's renewBefore, or the configured default. */
  window: Window;
  /** Where an instance that serves it was to serve another by now, in one sentence each. */
  lagging: string[];
  /** Its service has an approved renewal under way since then. */
  renewingSince: number | null;
  /** null: certops has not revoked it. */
  revoked: TakenBack | null;
  staleAfterMs: number;
  now: number;
}

type Verdict = Omit<Condition, "type">;

/** Ready, Expiring, Issuing and Deployed, in this order. */
export function conditionsOf(record: CertificateRecord, seen: Circumstances): Condition[] {
  return [
    { type: "Ready", ...ready(record, seen) },
    { type: "Expiring", ...expiring(record, seen) },
    { type: "Issuing", ...issuing(record, seen) },
    { type: "Deployed", ...deployed(record, seen) },
  ];
}

function ready(record: CertificateRecord, seen: Circumstances): Verdict {
  const { now, standing, observations, staleAfterMs, revoked } = seen;
  if (isExpired(record, now)) {
    const ago = tellDuration(-remainingMs(record, now));
    return verdict("False", "Expired", `It expired ${ago} ago.`, record.notAfter);
  }
  if (record.notBefore > now) {
    return verdict("False", "NotYetValid", `It is valid in ${tellDuration(record.notBefore - now)}.`, record.firstSeen);
  }
  if (revoked !== null) {
    return verdict("False", "Revoked", `It was revoked by ${revoked.request}: ${revoked.reason}.`, revoked.at);
  }
  const failing = observations.filter(({ problem }) => problem !== null);
  const [first] = failing;
  if (standing === "last-seen") {
    const why = first?.problem?.cause ?? "Its endpoint is out of reach.";
    return verdict("Unknown", "Unreachable", why, first?.since ?? record.lastSeen);
  }
  if (standing !== "served") return placed(record, standing);
  if (first?.problem) {
    const more = failing.length > 1 ? ` (and ${failing.length - 1} more)` : "";
    return verdict("False", "HandshakeFailed", `${first.endpoint}: ${first.problem.cause}${more}`, first.since);
  }
  const oldest = Math.min(...observations.map(({ at }) => at));
  if (now - oldest > staleAfterMs) {
    return verdict(
      "Unknown",
      "StaleProbe",
      `It was last looked at ${tellDuration(now - oldest)} ago.`,
      oldest + staleAfterMs,
    );
  }
  return verdict("True", "Verified", "It is served and verifies.", Math.max(...observations.map(({ since }) => since)));
}

function expiring(record: CertificateRecord, { window, now }: Circumstances): Verdict {
  const left = tellDuration(remainingMs(record, now));
  if (isExpired(record, now)) return verdict("True", "Expired", "Its lifetime is over.", expiringFrom(record, window));
  if (!isExpiring(record, window, now)) return verdict("False", "Fresh", `${left} left.`, record.notBefore);
  return verdict("True", "Expiring", `Only ${left} left.`, expiringFrom(record, window));
}

function issuing(record: CertificateRecord, { renewingSince }: Circumstances): Verdict {
  return renewingSince === null
    ? verdict("False", "NotRenewing", "No renewal is under way.", record.firstSeen)
    : verdict("True", "Renewing", "An approved renewal is under way.", renewingSince);
}

function deployed(record: CertificateRecord, { standing, observations, lagging }: Circumstances): Verdict {
  if (standing === "served" && lagging.length > 0) {
    return verdict("False", "OldGeneration", lagging.join(" "), record.firstSeen);
  }
  if (standing === "served") return verdict("True", "Served", "It is on the wire.", record.firstSeen);
  if (standing !== "last-seen") return placed(record, standing);
  const since = Math.min(record.lastSeen, ...observations.map((observation) => observation.since));
  return verdict("Unknown", "Unreachable", "It was served when its endpoint was last reached.", since);
}

/** For one that no endpoint shows: the same is to be said of Ready and of Deployed. */
function placed(record: CertificateRecord, standing: Exclude<Standing, "served" | "last-seen">): Verdict {
  switch (standing) {
    case "new":
      return verdict("Unknown", "JustIssued", "It was just issued and is not served yet.", record.firstSeen);
    case "not-served":
      return verdict("False", "NotServed", "It was issued, and no instance serves it.", record.firstSeen);
    case "unwatched":
      return verdict("Unknown", "NotWatched", "It was issued; where it is used is not watched.", record.firstSeen);
    case "history":
      return verdict("False", "Replaced", "It was replaced.", record.lastSeen);
  }
}

const verdict = (status: Condition["status"], reason: string, message: string, lastTransition: number): Verdict => ({
  status,
  reason,
  message,
  lastTransition,
});
