import { styleText } from "node:util";
import { Problem } from "../vault-config/problem.ts";

/** Where what takes time is told: each line names what begins. */
export interface Progress extends Disposable {
  begin(line: string): void;
}

type Style = "bold" | "dim" | "green" | "red" | "yellow" | "cyan";

/** Coloured where the terminal shows colours and NO_COLOR is not set. */
export function paint(style: Style | Style[], text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** One line that moves on a terminal, plain lines elsewhere. */
export function terminalProgress(): Progress {
  return process.stdout.isTTY ? spinner() : plainLines();
}

/** The one way a failure is told at the end of a command. */
export function printProblem(error: unknown): void {
  const problem = asProblem(error);
  const label = styleText("red", "error:", { stream: process.stderr });
  process.stderr.write(`${label} ${problem.message}\n`);
  if (problem.hint !== "") process.stderr.write(`  ${problem.hint}\n`);
}

/** A full disk can show anywhere: it is named as what it is. Anything unexpected keeps its message. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // What failed first is the reason; that taking things down failed as well is not.
  if (error instanceof SuppressedError) return asProblem(error.suppressed);
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new Problem("DISK_FULL", `The disk is full: ${message}.`, "Free some space and try again.", {
      cause: error,
    });
  }
  return new Problem("UNEXPECTED", message, "`npm run lab -- doctor` looks at what usually is in the way.", {
    cause: error,
  });
}

function plainLines(): Progress {
  return {
    begin: (line) => void process.stdout.write(`${line}\n`),
    [Symbol.dispose]() {},
  };
}

function spinner(): Progress {
  const frames = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
  let turn = 0;
  let current: { line: string; since: number } | null = null;
  const seconds = (since: number) => ((performance.now() - since) / 1_000).toFixed(1);
  const draw = () => {
    if (current === null) return;
    turn = (turn + 1) % frames.length;
    process.stdout.write(`\r\x1b[2K${paint("cyan", frames[turn] ?? "")} ${current.line}`);
  };
  const finish = () => {
    if (current === null) return;
    process.stdout.write(
      `\r\x1b[2K${paint("green", "✓")} ${current.line} ${paint("dim", `${seconds(current.since)} s`)}\n`,
    );
    current = null;
  };
  const timer = setInterval(draw, 100);
  timer.unref();
  return {
    begin(line) {
      finish();
      current = { line, since: performance.now() };
      draw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      finish();
    },
  };
}
