/** What ends a step that does not show what it should. */
export function require(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

/** Indented, and without the lines that are empty. */
export function tell(say: (line: string) => void, lines: string[]): void {
  for (const line of lines.filter((text) => text.trim() !== "")) say(`  ${line.trim()}`);
}
