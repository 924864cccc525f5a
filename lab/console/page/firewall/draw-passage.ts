import { nothing, svg } from "lit";
import { type Box, hostBox, isLeft, ROUTER, wireOf, zoneBox } from "./geometry.ts";
import type { FirewallStatus } from "../wire/status-types.ts";
import type { Passage } from "./passage.ts";
import { passageLines, passageWords } from "./words.ts";

const HEAD = 12;
const REACH = 26;
/** Letters beneath the arrow that the router has room for. */
const FITS = 23;

/** The call across the router as an arrow: it ends at a cut where the router, or who is called, did not take it. */
export function drawPassage(passage: Passage, counters: FirewallStatus["router"]["counters"]) {
  const from = boxOf(passage.from.on);
  const to = boxOf(passage.on);
  if (from === null || to === null || !isLeft(from) || isLeft(to)) return nothing;
  const { state } = passage;
  const y = wireOf(from);
  const start = from.x + from.width;
  const end = to.x;
  const wall = state === "closed" ? ROUTER.x : end - 20;
  const middle = ROUTER.x + ROUTER.width / 2;
  const [said, why, beneath] = passageLines(passage, counters);
  return svg`<g class="passage ${state}" id="passage" tabindex="0" role="img" aria-label=${passageWords(passage)}>
    <rect class="reach" x=${start} y=${y - REACH} width=${end - start} height=${2 * REACH} rx="8" />
    ${
      state === "open"
        ? svg`<path class="shaft" d="M${start} ${y}H${end - HEAD}" />
          <path class="head" d="M${end - 1} ${y}l${-HEAD - 3} ${-HEAD * 0.7}v${HEAD * 1.4}z" />`
        : svg`<path class="shaft" d="M${start} ${y}H${wall - 14}" />
          <path class="cut" d="M${wall - 10} ${y - 11}l20 22m0 -22l-20 22" />`
    }
    <text class="said" x=${middle} y=${y - 16}>${said}</text>
    <text class="why" x=${middle} y=${y + 25}>${why}</text>
    <text class="beneath ${beneath.length > FITS ? "long" : ""}" x=${middle} y=${y + 44}>${beneath}</text>
  </g>`;
}

function boxOf(host: string | null): Box | null {
  const zone = host === null ? null : zoneBox(host);
  return zone && hostBox(zone);
}
