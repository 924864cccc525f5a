import { join } from "node:path";
import { canonicalFolder } from "../folder.ts";

export interface CommandOption {
  type: "string" | "boolean";
  /** What a string stands for, in capitals. */
  value?: string;
  summary: string;
}

/** One word of `npm run lab -- <word>`. */
export interface Command {
  name: string;
  summary: string;
  /** The name of its one positional argument, when it takes one. */
  argument?: string;
  options: Record<string, CommandOption>;
  /** Resolves to the exit code. */
  run(input: CommandInput): Promise<number>;
}

export interface CommandInput {
  values: Record<string, string | boolean | undefined>;
  argument: string | undefined;
}

export const dirOption = {
  dir: { type: "string", value: "DIR", summary: "the lab's folder (default: .lab in this checkout)" },
} as const;

const defaultFolder = join(import.meta.dirname, "../../.lab");

/** The lab's folder that the command is about. */
export async function chosenFolder({ values }: CommandInput): Promise<string> {
  const { dir } = values;
  return canonicalFolder(typeof dir === "string" ? dir : defaultFolder);
}
