import type { FirewallStatus } from "../wire/status-types.ts";
import { lab } from "../wire/lab-feed.ts";

/** Short enough to move before one's eyes, long enough not to flicker. */
const SPAN_MS = 2_200;

type Counters = NonNullable<FirewallStatus["router"]["counters"]>;

/** How fast the router's counters grow, as far as this page saw it. */
class CounterRates {
  #readings: { at: number; counters: Counters }[] = [];

  take(at: number, counters: Counters): void {
    const last = this.#readings.at(-1);
    if (last?.at === at) return;
    // A counter that fell was made anew: what it counted before says nothing.
    const fell = Object.entries(counters).some(([name, { packets }]) => packets < (last?.counters[name]?.packets ?? 0));
    this.#readings = [...(fell ? [] : this.#readings.filter((one) => at - one.at <= SPAN_MS)), { at, counters }];
  }

  /** Packets per second; null until it was read twice. */
  perSecond(name: string): number | null {
    const [first] = this.#readings.filter(({ counters }) => counters[name] !== undefined);
    const last = this.#readings.at(-1);
    const [before, now] = [first?.counters[name], last?.counters[name]];
    if (!first || !last || !before || !now || first.at === last.at) return null;
    return ((now.packets - before.packets) * 1_000) / (last.at - first.at);
  }
}

export const counterRates = new CounterRates();

lab.addEventListener("change", () => {
  const { frame } = lab;
  const counters = frame?.status?.firewall?.router.counters;
  if (frame && counters) counterRates.take(frame.now, counters);
});
