import { nothing, svg } from "lit";
import { edgeSentence, rateWords, stateOf } from "./edge-words.ts";
import type { Edge } from "./edges.ts";

const HEAD = 9;
/** Half of what a cut leaves open for its words. */
const GAP = 106;
const REACH = 16;

/** One edge as an arrow with its rate on it; refused calls end at a cut. `id` names it to who points at it. */
export function drawEdge(edge: Edge, id: string, line: { from: number; to: number; y: number }) {
  const { from, to, y } = line;
  const towards = Math.sign(to - from);
  const middle = (from + to) / 2;
  const state = stateOf(edge);
  const denied = state === "denied";
  const cut = middle - towards * GAP;
  const beyond = middle + towards * GAP;
  const shaft = denied ? `M${from} ${y}H${cut}` : `M${from} ${y}H${to - towards * 2}`;
  return svg`<g class="edge ${state}" id=${id} tabindex="0" role="img" aria-label=${edgeSentence(edge)}>
    <rect class="reach" x=${Math.min(from, to)} y=${y - REACH} width=${Math.abs(to - from)} height=${2 * REACH} rx="8" />
    <path class="shaft" d=${shaft} />
    ${denied ? svg`<path class="beyond" d="M${beyond} ${y}H${to}" />` : nothing}
    ${denied ? svg`<path class="cut" d="M${cut - 6} ${y - 9}l12 18m0 -18l-12 18" />` : nothing}
    ${denied ? nothing : svg`<path class="head" d="M${to} ${y}l${-towards * HEAD} ${-HEAD * 0.62}v${HEAD * 1.24}z" />`}
    <text class="rate" x=${middle} y=${y + 5}>${rateWords(edge)}</text>
  </g>`;
}
