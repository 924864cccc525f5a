/** Half the width of the drawing that a seal stands in. */
export const REACH = 100;
const OUTER = 85;
const STEPS = 420;

/**
 * A certificate's own guilloche, as on a banknote: the same serial gives the same lines, another serial visibly others.
 * Closed SVG paths around the middle of a square from -REACH to REACH, leaving the middle free for the countdown.
 */
export function seal(serial: string): string[] {
  const bytes = serial
    .split(":")
    .map((pair) => Number.parseInt(pair, 16))
    .filter(Number.isFinite);
  // Neighbouring serials may share bytes, and random ones differ in every one: each trait mixes three.
  const trait = (index: number, kinds: number) =>
    ((bytes[index] ?? 0) + 7 * (bytes[index + 5] ?? 0) + 31 * (bytes[index + 9] ?? 0)) % kinds;
  const petals = [3, 4, 5, 6, 7, 8, 10, 12][trait(0, 8)] ?? 6;
  const strands = petals < 6 ? 8 + trait(1, 5) : 4 + trait(1, 4);
  const inner = 44 + trait(2, 12);
  const ripples = [0, 0, 2, 3, 5][trait(3, 5)] ?? 0;
  const sharpness = 0.35 * trait(4, 3);
  return Array.from({ length: strands }, (_, strand) => {
    const turn = (strand / strands) * ((2 * Math.PI) / petals);
    return closedPath((angle) => {
      const wave = Math.cos(petals * (angle + turn));
      const shaped = wave - sharpness * Math.cos(2 * petals * (angle + turn));
      const ripple = ripples === 0 ? 0 : 0.3 * Math.cos(ripples * petals * angle);
      return inner + (OUTER - inner) * (0.5 + (shaped + ripple) / (2 * (1 + sharpness + 0.3)));
    });
  });
}

function closedPath(radius: (angle: number) => number): string {
  const points = Array.from({ length: STEPS }, (_, step) => {
    const angle = (step / STEPS) * 2 * Math.PI;
    const r = radius(angle);
    return `${(r * Math.cos(angle)).toFixed(1)} ${(r * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${points.join("L")}Z`;
}
