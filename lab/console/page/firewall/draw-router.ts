import { svg } from "lit";
import type { FirewallStatus } from "../wire/status-types.ts";
import { counterRates } from "./counter-rates.ts";
import { ROUTER } from "./geometry.ts";
import { count, rateWords } from "./words.ts";

const { x, y, width, height } = ROUTER;
const SEAM = y + 196;
const INDENT = 14;

/** The router: how many rules stand in it, and what it counts besides them. */
export function drawRouter({ counters, rules }: FirewallStatus["router"]) {
  const packets = (name: string) => {
    const counter = counters?.[name];
    return counter ? count(counter.packets) : "–";
  };
  const dropping = rateWords(counterRates.perSecond("dropped"));
  const words =
    rules === null
      ? "router: it does not tell its rules."
      : `router: ${rules.length === 1 ? "1 rule stands" : `${rules.length} rules stand`} in it, what none lets through is dropped. ${packets("dropped")} packets dropped; ${packets("ended")} answered with a reset, their rule being gone.`;
  return svg`<g class="router" id="router" tabindex="0" role="img" aria-label=${words}>
    <rect class="frame" x=${x} y=${y} width=${width} height=${height} rx="12" />
    <text class="router-name" x=${x + width / 2} y=${y + 29}>router</text>
    <text class="beside" x=${x + width / 2} y=${y + 50}>drops what no rule lets through</text>
    <path class="seam" d="M${x + INDENT} ${SEAM}h${width - 2 * INDENT}" />
    ${row("rules", rules === null ? "–" : String(rules.length), "", SEAM + 32)}
    ${row("dropped", packets("dropped"), dropping, SEAM + 66)}
    ${row("ended", packets("ended"), "", SEAM + 100)}
  </g>`;
}

const row = (name: string, value: string, rate: string, at: number) => svg`
  <text class="counted" x=${x + INDENT} y=${at}>${name}</text>
  <text class="rate-beside" x=${x + INDENT + 64} y=${at}>${rate}</text>
  <text class="number" data-counter=${name} x=${x + width - INDENT} y=${at}>${value}</text>`;
