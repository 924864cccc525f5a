import type { Certificate } from "./certificate.ts";

/** What certops itself stands on: when one of these ends, everything above it does. */
export interface Ground {
  name: GroundName;
  /** Where it is kept: a file, or a path of Vault. */
  where: string;
  /** null where it is no certificate, or could not be read. */
  certificate: Certificate | null;
  notBefore: number | null;
  /** Its end; a revocation list's nextUpdate. null: it has none, or could not be read. */
  notAfter: number | null;
  /** One sentence when it could not be read: then nothing is known about it. */
  problem: string | null;
  /** When it was looked at. */
  at: number;
}

/** What people call it by besides its name. */
const alsoCalled: Partial<Record<GroundName, string[]>> = {
  "root's revocation list": ["crl", "crls"],
  "intermediate's revocation list": ["crl", "crls"],
  "certops' own certificate": ["certops-bot", "certops", "bot"],
  "certops' own token": ["certops-bot", "certops", "bot"],
  "Connect's root": ["connect", "mesh"],
};

/** Whether a person means this by that name. */
export function isCalled({ name, certificate }: Pick<Ground, "name" | "certificate">, wanted: string): boolean {
  const called = wanted.toLowerCase();
  const names = [...(alsoCalled[name] ?? []), ...(certificate?.names ?? []), certificate?.subject ?? ""];
  return names.some((one) => one.toLowerCase() === called) || (called.length > 2 && name.includes(called));
}

/** Those on certops' own certificate, with which it calls every service; none where it could not be read. */
export function ownNames(ground: Pick<Ground, "name" | "certificate">[]): string[] {
  return ground.find(({ name }) => name === "certops' own certificate")?.certificate?.names ?? [];
}

/** For "did you mean …?". */
export function groundNames(ground: Pick<Ground, "name">[]): string[] {
  const mesh = ground.some(({ name }) => name === "Connect's root") ? ["connect"] : [];
  return ["root", "intermediate", "token", "crl", "certops-bot", ...mesh];
}

export type GroundName =
  | "root"
  | "intermediate"
  | "root's revocation list"
  | "intermediate's revocation list"
  | "certops' own certificate"
  | "certops' own token"
  | "Connect's root";
