import type { Frame, History, RootChange, Swap, TrafficPoint } from "../../frame.ts";

const KEPT_MS = 5 * 60_000;

/** The lab as the server last told it. Says "change" at each frame, and "news" with the frame that brought a swap or another root. */
class LabFeed extends EventTarget {
  frame: Frame | null = null;
  points: TrafficPoint[] = [];
  swaps: Swap[] = [];
  rootChanges: RootChange[] = [];
  connected = false;
  #offset: number | null = null;

  open(): EventSource {
    const source = new EventSource("/api/feed");
    source.addEventListener("history", (event) => {
      const history = JSON.parse(String(event.data)) as History;
      this.points = history.points;
      this.swaps = history.swaps;
      this.rootChanges = history.rootChanges;
    });
    source.addEventListener("frame", (event) => this.#take(JSON.parse(String(event.data)) as Frame));
    source.addEventListener("error", () => {
      this.connected = false;
      this.dispatchEvent(new Event("change"));
    });
    return source;
  }

  /** The server's clock in epoch ms, so that a countdown is right on a laptop whose own clock is not. */
  now(): number {
    return Date.now() + (this.#offset ?? 0);
  }

  #take(frame: Frame): void {
    // Every frame arrives late by the time it travelled: the largest difference seen is the nearest to the truth.
    // A clock that was set meanwhile shows as a jump; then start over.
    const offset = frame.now - Date.now();
    const jumped = this.#offset === null || Math.abs(offset - this.#offset) > 2_000;
    this.#offset = jumped ? offset : Math.max(this.#offset ?? offset, offset);
    this.frame = frame;
    this.connected = true;
    const recent = ({ at }: { at: number }) => at > frame.now - KEPT_MS;
    if (frame.point) this.points = [...this.points, frame.point].filter(recent);
    if (frame.swaps.length > 0) this.swaps = [...this.swaps, ...frame.swaps].filter(recent);
    if (frame.rootChanges.length > 0) this.rootChanges = [...this.rootChanges, ...frame.rootChanges].filter(recent);
    this.dispatchEvent(new Event("change"));
    if (frame.swaps.length + frame.rootChanges.length > 0)
      this.dispatchEvent(new CustomEvent<Frame>("news", { detail: frame }));
  }
}

export const lab = new LabFeed();
