import { nearest } from "./nearest.ts";

/** One of what can be chosen. */
export interface Suggestion {
  name: string;
  /** A few words beside it; "": none. */
  about: string;
}

/** How a candidate is found: its name, and whatever else people call it. */
export interface Candidate extends Suggestion {
  also: string[];
}

/**
 * The candidates that somebody who typed this may mean: first whose name begins so, then whose name has it somewhere, then who
 * is otherwise called so; where there is none, the one it was probably meant for. Of "" all of them, by name.
 */
export function suggest(typed: string, candidates: Candidate[]): Suggestion[] {
  const words = typed.trim().toLowerCase();
  const ranked = candidates
    .map((candidate) => ({ candidate, rank: rankOf(words, candidate) }))
    .filter(({ rank }) => rank !== null)
    .toSorted((a, b) => (a.rank ?? 0) - (b.rank ?? 0) || (a.candidate.name < b.candidate.name ? -1 : 1));
  if (ranked.length > 0) return ranked.map(({ candidate }) => told(candidate));
  const meant = nearest(
    words,
    candidates.map(({ name }) => name),
  );
  return candidates.filter(({ name }) => name === meant).map(told);
}

const told = ({ name, about }: Candidate): Suggestion => ({ name, about });

function rankOf(words: string, { name, also }: Candidate): number | null {
  const called = name.toLowerCase();
  if (called.startsWith(words)) return 0;
  if (called.includes(words)) return 1;
  return also.some((other) => other.toLowerCase().includes(words)) ? 2 : null;
}
