import { type LabOptions, startLab } from "./lab.ts";
import type { LabState } from "./state.ts";
import { stopSignal } from "./stop-signal.ts";
import type { Progress } from "./terminal.ts";

/** Runs a lab until this process is asked to end, and starts it anew, on the same ports, whenever it is reset. */
export async function runLab(
  options: LabOptions,
  told: { detached: boolean; progress: () => Progress; onUp: (state: LabState, tookMs: number) => void },
): Promise<void> {
  const stop = stopSignal();
  const crashed = new AbortController();
  process.on("uncaughtException", (error) => crashed.abort(error));
  const signal = AbortSignal.any([stop, crashed.signal]);

  let { ports } = options;
  while (!signal.aborted) {
    const ended = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => ended.resolve(), { once: true });
    const start = performance.now();
    try {
      using progress = told.progress();
      await using lab = await startLab({
        ...options,
        ports,
        detached: told.detached,
        signal,
        onProgress: (line) => progress.begin(line),
        onReset: ended.resolve,
      });
      progress[Symbol.dispose]();
      ports = lab.state.ports;
      told.onUp(lab.state, performance.now() - start);
      await ended.promise;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
  if (crashed.signal.aborted) throw crashed.signal.reason;
}
