import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadConfig } from "../../bot/config.ts";
import { Failure } from "../../bot/errors.ts";

/** Loads a certops.yaml of that text, in that folder. */
export function loadText(folder: string, text: string, environment: Record<string, string> = {}) {
  const file = join(folder, "certops.yaml");
  writeFileSync(join(folder, "root.pem"), "");
  writeFileSync(file, text);
  return loadConfig({ CERTOPS_CONFIG: file, ...environment });
}

/** What is said of a certops.yaml; "no problem" when it is taken. */
export function problemsIn(load: () => unknown): string {
  try {
    load();
    return "no problem";
  } catch (error) {
    if (error instanceof Failure) return error.message;
    throw error;
  }
}
