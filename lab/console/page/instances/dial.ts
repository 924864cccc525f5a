import { html, svg } from "lit";
import { duration, type Lifetime } from "./lifetime.ts";
import { REACH } from "./seal.ts";
import { sealPaths } from "./seal-paths.ts";

const RING = 94;

/** A certificate's seal inside a ring that empties with its life, as SVG around the origin with a radius of `REACH`. */
export function sealInRing(serial: string | null, life: Lifetime | null) {
  return svg`<g class="seal">${sealPaths(serial).map((path) => svg`<path d=${path} />`)}</g>
    <circle class="track" r=${RING} />
    <circle class="ring" r=${RING} pathLength="1" stroke-dasharray="${life?.share ?? 0} 1" />`;
}

/** What is left of a certificate's life, as told in the middle of its seal. */
export const timeLeft = (life: Lifetime | null): string => (life ? duration(life.remainingMs) : "–:––");

/** The dial of a card. */
export function dial(serial: string | null, life: Lifetime | null) {
  const left = timeLeft(life);
  const box = `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`;
  return html`<div class="dial">
    <svg viewBox=${box} aria-hidden="true">${sealInRing(serial, life)}</svg>
    <span class="left" role="timer" aria-label="expires in ${left}">${left}</span>
  </div>`;
}
