/** So many are read in passing; of the others the number is enough. */
const MOST = 2;

/** What ails the lab as lines to read: each is a sentence and said once, and those past the second are counted. */
export function problemLines(problems: string[]): string[] {
  const said = new Map(problems.map((problem) => [withoutCode(problem), sentence(problem)]));
  const lines = [...said.values()].filter((line) => line !== ".");
  const more = lines.length - MOST;
  return lines.slice(0, MOST).map((line, index) => (more > 0 && index === MOST - 1 ? `${line} +${more} more` : line));
}

/** One outage is met with several error codes. */
const withoutCode = (problem: string) => problem.replace(/ \([A-Z_]+\)/g, "").replace(/[.\s]+$/, "");

const sentence = (problem: string) => `${problem.trim().replace(/\.+$/, "")}.`;
