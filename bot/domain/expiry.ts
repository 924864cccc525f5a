import type { Certificate } from "./certificate.ts";
import { parseDuration, parseShare, tellDuration } from "./duration.ts";

/** How near its end something must be to count as expiring: so long before it, or with so little of its life (0..1) left. */
export type Window = { kind: "within"; ms: number } | { kind: "share"; share: number };

export type Lifetime = Pick<Certificate, "notBefore" | "notAfter">;

/** "30d" or "20%"; null when it is neither. */
export function parseWindow(text: string): Window | null {
  const share = parseShare(text);
  if (share !== null) return { kind: "share", share };
  const ms = parseDuration(text);
  return ms === null ? null : { kind: "within", ms };
}

/** Ends a sentence: "within 30 d", "with at most 20 % of life left". */
export function tellWindow(window: Window): string {
  if (window.kind === "within") return `within ${tellDuration(window.ms)}`;
  return `with at most ${Number((window.share * 100).toFixed(3))} % of life left`;
}

/** Negative once it has expired. */
export function remainingMs(life: Lifetime, now: number): number {
  return life.notAfter - now;
}

/** 1 at the beginning, 0 at the end and after it. */
export function remainingShare(life: Lifetime, now: number): number {
  const whole = life.notAfter - life.notBefore;
  return whole <= 0 ? 0 : Math.min(1, Math.max(0, (life.notAfter - now) / whole));
}

/** As OpenSSL judges it: in the very second of notAfter it is over. */
export function isExpired(life: Lifetime, now: number): boolean {
  return now >= life.notAfter;
}

/** Near its end, and not past it. */
export function isExpiring(life: Lifetime, window: Window, now: number): boolean {
  return now >= expiringFrom(life, window) && !isExpired(life, now);
}

/** The moment from which it counts as expiring. */
export function expiringFrom(life: Lifetime, window: Window): number {
  return window.kind === "within"
    ? life.notAfter - window.ms
    : life.notAfter - Math.round(window.share * (life.notAfter - life.notBefore));
}
