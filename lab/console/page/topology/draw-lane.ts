import { nothing, svg } from "lit";
import type { Edge, Identity } from "./edges.ts";
import { FROM, type Lane, lines, MIDDLE, OUTSIDE_BOX, OUTSIDE_LINE, TO } from "./geometry.ts";

const NAMES: Record<Lane, string> = { mtls: "own mTLS", mesh: "mesh mTLS" };
const INDENT = 8;

/** Between a lane's two arrows: who the ends are to each other, whichever of them calls. */
export function drawLane(lane: Lane, there: Edge | undefined) {
  const { identities, lock } = lines(lane);
  return svg`<g class="identities" aria-hidden="true">
    ${identity(there?.caller ?? null, FROM + INDENT, identities, "start")}
    ${identity(there?.answerer ?? null, TO - INDENT, identities, "end")}
    <g class="lock" transform="translate(${MIDDLE} ${lock})">
      <path d="M-5 -3v-4a5 5 0 0 1 10 0v4" />
      <rect x="-8" y="-3" width="16" height="12" rx="2.5" />
    </g>
    <text class="way" x=${MIDDLE} y=${lock + 24}>${NAMES[lane]}</text>
  </g>`;
}

/** Who calls from outside, and whom it meets. */
export function drawOutside(entrance: Edge | undefined) {
  const { x, y, width, height } = OUTSIDE_BOX;
  const middle = x + width / 2;
  return svg`<g class="outside" aria-hidden="true">
    <rect class="plain-app" x=${x} y=${y} width=${width} height=${height} rx="8" />
    <text class="plain-name" x=${middle} y=${y + 18}>outside</text>
    <text class="under" x=${middle} y=${y + 34}>no certificate</text>
    ${identity(entrance?.answerer ?? null, FROM + INDENT, OUTSIDE_LINE + 28, "start")}
  </g>`;
}

function identity(shown: Identity | null, x: number, y: number, anchor: "start" | "end") {
  if (shown === null) return nothing;
  const [name, detail] = shown.lines;
  return svg`<text class="identity" x=${x} y=${y - 6} text-anchor=${anchor}
    >${name}<tspan x=${x} dy="17">${detail}</tspan></text
  >`;
}
