import { nothing, svg } from "lit";
import { checkLook } from "../instances/check-chip.ts";
import { sealInRing, timeLeft } from "../instances/dial.ts";
import { lifeOf } from "../instances/life-of.ts";
import { REACH } from "../instances/seal.ts";
import { lab } from "../wire/lab-feed.ts";
import type { SidecarStatus } from "../wire/status-types.ts";
import type { Spot } from "./geometry.ts";

/** As long as a flash lasts. */
const FLASH_MS = 2_600;

/** Whether another certificate was just seen there. */
export const justSwapped = (name: string): boolean =>
  lab.swaps.some(({ instance, at }) => instance === name && lab.now() - at < FLASH_MS);

interface Sealed {
  instance: string;
  serial: string | null;
  notAfter: number | null;
  problem: string | null;
  check: SidecarStatus["check"];
}

/** A certificate as its card shows it, small: the seal, the ring of its life, what is left, and Consul's sign. */
export function drawSeal({ instance, serial, notAfter, problem, check }: Sealed, { x, y }: Spot, radius: number) {
  const life = lifeOf(instance, notAfter);
  const tone = problem ? "bad" : (life?.tone ?? "bad");
  const left = timeLeft(life);
  const off = radius * 0.76;
  return svg`<g class="sealed ${tone} ${justSwapped(instance) ? "swapped" : ""}" transform="translate(${x} ${y})">
    <circle class="plate" r=${radius} />
    <circle class="flash" r=${radius} />
    <g class="dial" transform="rotate(-90) scale(${radius / REACH})">${sealInRing(serial, life)}</g>
    <text class="left ${left.length > 5 ? "long" : ""}" y="6">${left}</text>
    <text class="name" y=${-radius - 8}>${instance}</text>
    ${
      check
        ? svg`<g class="sign ${checkLook[check.status].tone}" transform="translate(${off} ${-off})">
            <circle r="9" /><text y="4">${checkLook[check.status].sign}</text>
          </g>`
        : nothing
    }
  </g>`;
}
