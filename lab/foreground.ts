import { type LabOptions, startLab } from "./lab.ts";
import type { LabState } from "./state.ts";
import type { Progress } from "./terminal.ts";

/**
 * Runs a lab until SIGINT, SIGTERM, SIGHUP or `down` ends it, and starts it anew on `reset`.
 * With CERTOPS_TIED=1 the end of stdin ends it too, so that it never outlives the process that holds the other end.
 */
export async function runLab(
  options: LabOptions,
  told: { detached: boolean; progress: () => Progress; onUp: (state: LabState) => void },
): Promise<void> {
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, stop);
  if (process.env["CERTOPS_TIED"] === "1") process.stdin.on("end", stop).on("error", stop).resume();
  let failure: unknown = null;
  process.on("uncaughtException", (error) => {
    failure ??= error;
    stop();
  });

  let { ports } = options;
  while (!stopping.signal.aborted) {
    const ended = Promise.withResolvers<void>();
    stopping.signal.addEventListener("abort", () => ended.resolve(), { once: true });
    try {
      const progress = told.progress();
      await using lab = await startLab({
        ...options,
        ports,
        detached: told.detached,
        signal: stopping.signal,
        onProgress: (line) => progress.begin(line),
        onReset: ended.resolve,
      });
      progress[Symbol.dispose]();
      ports = lab.state.ports;
      told.onUp(lab.state);
      await ended.promise;
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  }
  if (failure !== null) throw failure;
}
