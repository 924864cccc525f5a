import { svg } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { REACH } from "../instances/seal.ts";
import { fewSealPaths } from "../instances/seal-paths.ts";
import { rootOf, shortRoot } from "../mesh/identity.ts";
import { rootState, rootWords } from "../mesh/root-words.ts";
import { lab } from "../wire/lab-feed.ts";
import type { Root, SidecarStatus } from "../wire/status-types.ts";
import { justSwapped } from "./draw-seal.ts";
import { ROOT_RADIUS, rootSpot, type Side, sidecarSpot, vouching } from "./geometry.ts";

/** The mesh's roots, and from each a line to every leaf that leads to it: at a rotation the lines move one by one. */
export function drawRoots(roots: Root[], sidecars: { sidecar: SidecarStatus; side: Side }[]) {
  const spotOf = (root: Root) => rootSpot(roots.indexOf(root), roots.length);
  const vouched = sidecars.flatMap(({ sidecar, side }) => {
    const root = rootOf(sidecar.certificate, roots);
    return root ? [{ root, side, instance: sidecar.instance }] : [];
  });
  return svg`<g class="roots">
    ${repeat(
      vouched,
      ({ root, instance }) => `${instance} ${root.id}`,
      ({ root, side, instance }) =>
        svg`<path class="vouching ${tone(root)} ${justSwapped(instance) ? "drawn" : ""}"
          pathLength="1" d=${vouching(spotOf(root), sidecarSpot(side))} />`,
    )}
    ${repeat(
      roots,
      ({ id }) => id,
      (root) => {
        const { x, y } = spotOf(root);
        return svg`<g class="root ${tone(root)}" id="root-${root.id}" tabindex="0" role="img"
          aria-label=${rootWords(root, lab.now())} transform="translate(${x} ${y})">
          <circle class="plate" r=${ROOT_RADIUS} />
          <g class="dial" transform="scale(${ROOT_RADIUS / REACH})">
            <g class="seal">${fewSealPaths(root.id).map((path) => svg`<path d=${path} />`)}</g>
            <circle class="ring" r="94" />
          </g>
          <text class="root-name" x=${ROOT_RADIUS + 9} y="-3">root ${shortRoot(root)}</text>
          <text class="root-state" x=${ROOT_RADIUS + 9} y="14">${rootState(root, lab.now())}</text>
        </g>`;
      },
    )}
  </g>`;
}

const tone = ({ active }: Root) => (active ? "good" : "warn");
