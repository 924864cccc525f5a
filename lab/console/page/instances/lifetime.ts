export type Tone = "good" | "warn" | "bad";

/** Below this share of its life a certificate is due: its agent is about to renew it. */
const DUE_SHARE = 0.2;

export interface Lifetime {
  /** Of its life still to come: 1 at the start, 0 once expired. */
  share: number;
  remainingMs: number;
  ageMs: number;
  tone: Tone;
  word: "fresh" | "due" | "expired";
}

/** Where a certificate, served since `since`, stands in its life. All times in epoch ms. */
export function lifetime({ since, notAfter }: { since: number; notAfter: number }, now: number): Lifetime {
  const remainingMs = Math.max(0, notAfter - now);
  const share = Math.min(1, remainingMs / Math.max(1, notAfter - since));
  const ageMs = Math.max(0, now - since);
  if (remainingMs === 0) return { share, remainingMs, ageMs, tone: "bad", word: "expired" };
  if (share < DUE_SHARE) return { share, remainingMs, ageMs, tone: "warn", word: "due" };
  return { share, remainingMs, ageMs, tone: "good", word: "fresh" };
}

/** 1:47, 2:03:09, 3 d 4 h: as many places as a glance can take. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(seconds % 60)}`;
  return `${minutes}:${two(seconds % 60)}`;
}

/** The ends of a serial: enough to tell two apart on a wall. */
export function shortSerial(serial: string): string {
  const pairs = serial.split(":");
  return pairs.length <= 4 ? serial : `${pairs.slice(0, 2).join(":")}…${pairs.slice(-2).join(":")}`;
}
