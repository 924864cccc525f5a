import { rename, writeFile } from "node:fs/promises";

const turns = new Map<string, Promise<void>>();

/** Replaces the file at once, readable by its owner alone: a reader never sees half of it, and two writers take turns. */
export function replaceFile(file: string, content: string): Promise<void> {
  const before = turns.get(file) ?? Promise.resolve();
  const turn = before.catch(() => {}).then(() => replace(file, content));
  turns.set(file, turn);
  return turn;
}

async function replace(file: string, content: string): Promise<void> {
  const draft = `${file}.new`;
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}
