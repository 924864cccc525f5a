/** A time of the epoch in milliseconds, to the second, as `2026-01-31 08:00:00 UTC`. */
export function utc(at: number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}
