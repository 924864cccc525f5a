import type { Passkey, PasskeyPolicy } from "../../domain/passkey.ts";
import type { PasskeyLink } from "../../domain/passkey-link.ts";
import type { Refusal } from "../../domain/refusal.ts";
import type { AuditEntry, Commit } from "../store-ports.ts";

/** Passkeys, where certops.yaml has them. */
export interface Passkeys {
  policy: PasskeyPolicy;
  kept: KeptPasskeys;
  ceremony: Ceremony;
  /** 256 bits that nobody can guess, as a URL may hold them. */
  newToken: () => string;
}

export interface KeptPasskeys {
  /** The oldest first, the withdrawn ones too. */
  all(): Promise<Passkey[]>;
  /** false, and nothing written, when it is known. `first`: and while another one of its host is in use. */
  add(passkey: Passkey, commit: Commit & { first?: boolean }): Promise<boolean>;
  /** false, and nothing written, when it was before. */
  withdraw(id: string, how: { at: number; by: string }, commit: Commit): Promise<boolean>;
  keepLink(link: PasskeyLink, commit: Commit): Promise<void>;
  link(hash: string): Promise<PasskeyLink | null>;
  /**
   * Uses a link up, at the time of its audit row. false, and nothing written, when it was before.
   * `signed`: with the new counter of the passkey that did; false also when that one signed or was withdrawn meanwhile.
   */
  use(hash: string, audit: AuditEntry, signed?: { passkey: Passkey; counter: number }): Promise<boolean>;
}

/** What a browser is asked for, as WebAuthn has it; it goes to the page as it is. */
export type BrowserOptions = object;

export interface Expected {
  challenge: Uint8Array<ArrayBuffer>;
  origin: string;
}

/** A credential as a browser made it. */
export type NewPasskey = Pick<Passkey, "id" | "publicKey" | "counter" | "transports">;

/** WebAuthn. A person has to show each time that it is them, by a finger or a PIN. */
export interface Ceremony {
  askToSign(passkeys: Passkey[], expected: Expected): Promise<BrowserOptions>;
  /** Which passkey a response says it is from; null: it says none. */
  signer(response: unknown): string | null;
  /** Refused: not-understood, wrong-origin, wrong-challenge, not-verified, not-signed. The counter is not judged. */
  verify(response: unknown, passkey: Passkey, expected: Expected): Promise<{ counter: number } | Refusal>;
  /** `name`: by which their browser lists it. */
  askToMake(wanted: { user: string; name: string; others: Passkey[] }, expected: Expected): Promise<BrowserOptions>;
  /** Refused: not-understood, wrong-origin, wrong-challenge, not-verified, not-signed. */
  made(response: unknown, expected: Expected): Promise<NewPasskey | Refusal>;
}
