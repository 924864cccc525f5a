export interface LabelledLine {
  /** Where the line stands. */
  x: number;
  /** Of its label. */
  width: number;
  /** Chooses its place before the others. */
  first: boolean;
}

const APART = 4;

/**
 * The left edge of each line's label, so that none covers another: in the middle of its line, else beginning or ending
 * there; null where there is no room. `right` is where the room ends; all in the same pixels.
 */
export function labelPlaces(lines: LabelledLine[], right: number): (number | null)[] {
  const places: (number | null)[] = lines.map(() => null);
  const taken: { from: number; to: number }[] = [];
  const choosing = [...lines.entries()].toSorted(([, one], [, other]) => Number(other.first) - Number(one.first));
  for (const [index, { x, width }] of choosing) {
    const wishes = [Math.min(x - width / 2, right - width), x, x - width];
    const left = wishes.find((from) =>
      taken.every((other) => from >= other.to + APART || from + width <= other.from - APART),
    );
    if (left === undefined || left + width > right) continue;
    places[index] = left;
    taken.push({ from: left, to: left + width });
  }
  return places;
}
