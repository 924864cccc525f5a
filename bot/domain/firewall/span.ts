/** Addresses or ports from the first to the last, both included. */
export interface Span {
  first: number;
  last: number;
}

export const sizeOf = ({ first, last }: Span): number => last - first + 1;

export const covers = (outer: Span, inner: Span): boolean => outer.first <= inner.first && inner.last <= outer.last;

/** What both have in common; null: nothing. */
export function common(a: Span, b: Span): Span | null {
  const [first, last] = [Math.max(a.first, b.first), Math.min(a.last, b.last)];
  return first <= last ? { first, last } : null;
}
