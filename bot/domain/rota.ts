/** Who is on call: one person after another, each for so many days, handed over at the same local time. */
export interface Rota {
  name: string;
  /** Slack user ids, in the order of their turns. */
  people: string[];
  /** Where and when the first turn began: local time, such as 2026-11-02T09:00. */
  start: string;
  timezone: string;
  /** Of one turn. */
  days: number;
}

const dayMs = 86_400_000;

/** null: before its start nobody is. */
export function onCall({ people, start, timezone, days }: Rota, now: number): string | null {
  // Counted in local time, so that a change of the clocks does not move the hour at which it is handed over.
  const since = localTime(now, timezone) - Date.parse(`${start}Z`);
  if (since < 0) return null;
  return people[Math.floor(since / (days * dayMs)) % people.length] ?? null;
}

/** What the clocks there show, as if they showed UTC. */
function localTime(at: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  }).formatToParts(at);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
}
