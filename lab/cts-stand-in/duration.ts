const units: Record<string, number> = { ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 60e3, h: 3600e3 };
const part = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)/y;

/** Milliseconds of a duration as Go writes it, such as `1m30s`; null when it is none. */
export function readDuration(text: string): number | null {
  const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (rest === "0") return 0;
  if (rest === "") return null;
  let total = 0;
  for (part.lastIndex = 0; part.lastIndex < rest.length;) {
    const [, amount, unit] = part.exec(rest) ?? [];
    if (amount === undefined || unit === undefined) return null;
    total += Number(amount) * (units[unit] ?? 0);
  }
  return sign === "-" ? -total : total;
}

/** Milliseconds as Go writes a duration: `500ms`, `1.5s`, `1h0m0s`. */
export function tellDuration(ms: number): string {
  if (ms === 0) return "0s";
  if (ms < 1e3) return `${ms}ms`;
  const seconds = `${(ms % 60e3) / 1e3}s`;
  if (ms < 60e3) return seconds;
  const minutes = `${Math.floor(ms / 60e3) % 60}m${seconds}`;
  return ms < 3600e3 ? minutes : `${Math.floor(ms / 3600e3)}h${minutes}`;
}
