const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** "30d", "2m", "250ms" → milliseconds; null when it is none of these or not above zero. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim());
  if (match === null) return null;
  const ms = Math.round(Number(match[1]) * units[match[2] as keyof typeof units]);
  return ms > 0 ? ms : null;
}

/** "20%" → 0.2; null unless it lies between 0 and 100, both excluded. */
export function parseShare(text: string): number | null {
  const match = /^(\d{1,3}(?:\.\d{1,3})?)%$/.exec(text.trim());
  const share = match === null ? 0 : Number(match[1]) / 100;
  return share > 0 && share < 1 ? share : null;
}

/** Milliseconds as a person says them, two units at most: "1 m 20 s", "29 d 4 h", "340 ms". Never negative. */
export function tellDuration(ms: number): string {
  const left = Math.max(0, Math.round(ms));
  if (left < 1_000) return `${left} ms`;
  const seconds = Math.floor(left / 1_000);
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), "d"],
    [Math.floor(seconds / 3_600) % 24, "h"],
    [Math.floor(seconds / 60) % 60, "m"],
    [seconds % 60, "s"],
  ];
  const first = parts.findIndex(([count]) => count > 0);
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}
