import type { Peer } from "./blast-radius.ts";
import { tellDuration } from "./duration.ts";
import type { PeerRefusal } from "./peer-refusal.ts";
import type { Judgement } from "./why.ts";

/** Why calls of one service to another fail, or that nothing is known to be in their way. */
export interface PairVerdict {
  /** Whose fault it is: `caller` and `called` are the two services. null: nothing was found. */
  side: "caller" | "called" | "network" | null;
  /** Of the failure, as Node or OpenSSL has it; null: there is none that one handshake shows. */
  code: string | null;
  /** Of the certificate that is not taken; null: it is about none, or none was shown. */
  serial: string | null;
  cause: string;
  fix: string | null;
  /** What tells so, one sentence each. */
  evidence: string[];
}

/** What is known of an instance of either service at this moment. */
export interface InstanceSeen extends Judgement {
  id: string;
  host: string;
  /** Of the certificate it shows; null when it showed none. */
  certificate: { serial: string; notAfter: number } | null;
  /** What it says is wrong with itself. */
  complaint: string | null;
}

/** Longer ago a refusal tells nothing about now. */
const latelyMs = 15 * 60_000;
/** A service calls at least this often, where it calls at all. */
const justNowMs = 60_000;
/** What a service notes of a client that left in the middle, as a port check does. */
const hungUp = "ECONNRESET";

/**
 * From what certops sees itself of both, and from what the called service noted of the clients it turned away and of those
 * it served. `names`: those on the caller's certificates.
 */
export function pairVerdict({
  caller,
  called,
  refusals,
  callers,
  names,
  now,
}: {
  caller: InstanceSeen[];
  called: InstanceSeen[];
  refusals: PeerRefusal[];
  callers: Peer[];
  names: string[];
  now: number;
}): PairVerdict {
  const served = callers.filter(({ name }) => names.includes(name)).toSorted((a, b) => b.lastAt - a.lastAt)[0];
  const answered = served && `It answered a call of ${served.name} ${tellDuration(now - served.lastAt)} ago.`;
  const ill = called.find(({ verdict }) => verdict !== "healthy" && verdict !== "it refuses us");
  if (ill !== undefined) {
    const many = called.filter(({ verdict }) => verdict === ill.verdict).length;
    return {
      side: ill.verdict === "out of reach" ? "network" : "called",
      code: ill.code,
      serial: ill.certificate?.serial ?? null,
      cause: ill.cause ?? "It does not answer.",
      fix: ill.fix,
      evidence: [
        `certops itself ${ill.verdict === "out of reach" ? "cannot reach" : "refuses"} ${ill.id} (${ill.code}), as ${many} of ${called.length}.`,
        ...(answered === undefined ? [] : [answered]),
      ],
    };
  }
  const refused = refusalOf({ caller, refusals, names, now });
  const since = refused !== null && served !== undefined && served.lastAt > refused.refusal.at;
  if (refused !== null && (!since || isOneOfSeveral(refused.refusal, { caller, now }))) {
    const { refusal, how } = refused;
    const ago = tellDuration(now - refusal.at);
    return {
      side: "caller",
      code: refusal.code,
      serial: refusal.certificate?.serial ?? null,
      cause: refusal.cause,
      fix: refusal.fix,
      evidence: [
        `The called service noted ${ago} ago that it turned away ${how} (${refusal.code}).`,
        ...(since && answered ? [`${answered} That was another instance.`] : []),
      ],
    };
  }
  const sick = caller.find(
    ({ certificate, complaint }) => complaint !== null || (certificate?.notAfter ?? now + 1) <= now,
  );
  if (sick !== undefined) {
    const isOver = (sick.certificate?.notAfter ?? now + 1) <= now;
    return {
      side: "caller",
      code: null,
      serial: sick.certificate?.serial ?? null,
      cause: isOver ? "The certificate that it shows has expired." : (sick.complaint ?? ""),
      fix: isOver ? "Renew it, and make sure that it loads the renewed file." : "See its log: it says so of itself.",
      evidence: [`${sick.id} was looked at just now.`],
    };
  }
  return {
    side: null,
    code: null,
    serial: null,
    cause: "Nothing is known to be in its way.",
    fix: null,
    evidence: [
      `${called.length} of ${called.length} instances answered certops just now.`,
      answered ?? "No call of it is known: the called service's metrics name none.",
    ],
  };
}

/**
 * Whether an instance of the caller still shows what was refused just now, beside others: that those are answered, under the
 * same name, does not mean that it is.
 */
function isOneOfSeveral(
  { at, certificate }: PeerRefusal,
  { caller, now }: { caller: InstanceSeen[]; now: number },
): boolean {
  const shows = caller.some((one) => certificate !== null && one.certificate?.serial === certificate.serial);
  return shows && caller.length > 1 && now - at < justNowMs;
}

/** The latest that was the caller's: by its certificate, or, where the handshake failed before one was known, by its address. */
function refusalOf({
  caller,
  refusals,
  names,
  now,
}: {
  caller: InstanceSeen[];
  refusals: PeerRefusal[];
  names: string[];
  now: number;
}): { refusal: PeerRefusal; how: string } | null {
  const serials = new Set(caller.flatMap(({ certificate }) => certificate?.serial ?? []));
  const hosts = new Set(caller.map(({ host }) => host));
  const lately = refusals
    .filter(({ at, code }) => now - at < latelyMs && code !== hungUp)
    .toSorted((a, b) => b.at - a.at);
  for (const refusal of lately) {
    const { certificate, peerAddress, peerPort } = refusal;
    const isTheirs =
      certificate !== null &&
      (serials.has(certificate.serial) || names.some((name) => commonNameOf(certificate.subject) === name));
    if (isTheirs) return { refusal, how: `a client with the certificate ${certificate.serial}` };
    if (certificate === null && hosts.has(peerAddress.replace(/^::ffff:/, "")))
      return { refusal, how: `a client at the caller's address, ${peerAddress}:${peerPort}` };
  }
  return null;
}

/** Of a subject such as `O=shop, CN=shop.example.com`, or one part a line. */
const commonNameOf = (subject: string) => /(?:^|[\n,+]\s*)CN=([^\n,+]*)/.exec(subject)?.[1] ?? null;
