import { explain } from "./causes.ts";

/** One client that was turned away. The client itself learns little more than a reset: it finds its reason here by its own port. */
export interface Refusal {
  /** Epoch milliseconds. */
  at: number;
  peerAddress: string;
  peerPort: number;
  code: string;
  cause: string;
  fix: string;
  /** Known only where the handshake itself succeeded. */
  certificate: { subject: string; serial: string; notAfter: number } | null;
}

export function refusalOf(
  code: string,
  peer: { address: string; port: number },
  certificate: Refusal["certificate"],
): Refusal {
  const { cause, fix } =
    code === "ECONNRESET"
      ? {
          cause: "the client hung up during the handshake",
          fix: "Ask the client what it disliked; a port check does this too.",
        }
      : explain(code, "the client's certificate");
  const shown = certificate && {
    subject: certificate.subject,
    serial: certificate.serial,
    notAfter: certificate.notAfter,
  };
  return { at: Date.now(), peerAddress: peer.address, peerPort: peer.port, code, cause, fix, certificate: shown };
}

const kept = 200;

/** The last refusals, and how many there were of each code. */
export class RecentRefusals {
  readonly recent: Refusal[] = [];
  readonly byCode = new Map<string, number>();

  add(refusal: Refusal): void {
    this.recent.push(refusal);
    if (this.recent.length > kept) this.recent.shift();
    this.byCode.set(refusal.code, (this.byCode.get(refusal.code) ?? 0) + 1);
  }
}
