import { seal } from "./seal.ts";

/** More seals than any page shows at once. */
const KEPT = 64;
const drawn = new Map<string, string[]>();

/** Few enough lines to be seen at the height of a word: they tell two roots apart there. */
export function fewSealPaths(serial: string): string[] {
  const paths = sealPaths(serial);
  const every = Math.ceil(paths.length / 3);
  return paths.filter((_, index) => index % every === 0);
}

/** The seal of a serial, drawn once: pages render twice a second. Nothing for none. */
export function sealPaths(serial: string | null): string[] {
  if (serial === null) return [];
  const known = drawn.get(serial);
  if (known) return known;
  const paths = seal(serial);
  const [oldest] = drawn.keys();
  if (drawn.size >= KEPT && oldest !== undefined) drawn.delete(oldest);
  drawn.set(serial, paths);
  return paths;
}
