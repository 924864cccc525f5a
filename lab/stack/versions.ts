/** From `oldest` up to, but not including, `before`. */
export interface VersionRange {
  oldest: string;
  before: string;
}

export function fits(version: string, { oldest, before }: VersionRange): boolean {
  return !isOlder(version, oldest) && isOlder(version, before);
}

/** Compares numbers with dots between them; what is left out counts as zero. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split(".").map(Number));
  for (let at = 0; at < 3; at += 1) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}
