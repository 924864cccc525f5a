import { nothing, svg } from "lit";
import type { LabStatus } from "../../../status.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { SERVICES } from "../wire/services.ts";
import { Watch } from "../wire/watch.ts";
import { drawEdge } from "./draw-edge.ts";
import { drawLane, drawOutside } from "./draw-lane.ts";
import { drawRoots } from "./draw-roots.ts";
import { drawService } from "./draw-service.ts";
import { type Edge, edges, OUTSIDE } from "./edges.ts";
import { FROM, heightOf, lines, OUTSIDE_BOX, OUTSIDE_LINE, TO, WIDTH } from "./geometry.ts";
import { renderPicture } from "./picture.ts";
import { Pointing } from "./pointing.ts";

const [LEFT, RIGHT] = SERVICES;
const COLUMNS = [
  { name: LEFT, side: "left" },
  { name: RIGHT, side: "right" },
] as const;

/** Who calls whom in the lab, who they are to each other, and what comes of it. What is pointed at is told in whole beneath. */
class TopologyMap extends LightElement {
  #pointing = new Pointing(this);

  constructor() {
    super();
    new Watch(this, lab);
    new Watch(this, second);
  }

  protected override render() {
    const status = lab.frame?.status;
    if (!status) return nothing;
    const all = edges(status, lab.frame?.flows ?? []);
    return renderPicture(this.#pointing, {
      label: "Topology",
      width: WIDTH,
      height: heightOf(status.mesh !== null),
      hint: "Point at an arrow or a seal, or reach it by Tab, to read all of it.",
      drawing: svg`${this.#columns(status)} ${all.map((edge) => drawEdge(edge, idOf(edge), lineOf(edge)))}
        ${this.#lanes(status, all)}`,
    });
  }

  #columns(status: LabStatus) {
    const mesh = status.mesh;
    const sidecarOf = (service: string) => mesh?.sidecars.find((one) => one.service === service);
    const sidecars = COLUMNS.flatMap(({ name, side }) => {
      const sidecar = sidecarOf(name);
      return sidecar ? [{ side, sidecar }] : [];
    });
    return svg`${COLUMNS.map(({ name, side }) =>
      drawService({
        name,
        side,
        sidecar: sidecarOf(name),
        mesh: mesh !== null,
        instances: status.instances.filter(({ service }) => service === name),
      }),
    )} ${mesh ? drawRoots(mesh.ca.roots, sidecars) : nothing}`;
  }

  #lanes(status: LabStatus, all: Edge[]) {
    const there = (way: Edge["way"]) => all.find((edge) => edge.way === way && edge.from === LEFT);
    return svg`${drawOutside(all.find(({ way }) => way === "outside"))} ${drawLane("mtls", there("mtls"))}
    ${status.mesh ? drawLane("mesh", there("mesh")) : nothing}`;
  }
}

const idOf = ({ way, from, to }: Edge) => `edge-${way}-${from}-${to}`;

function lineOf({ way, from }: Edge) {
  if (from === OUTSIDE) return { from: OUTSIDE_BOX.x - 4, to: FROM, y: OUTSIDE_LINE };
  const { there, back } = lines(way === "mesh" ? "mesh" : "mtls");
  return from === LEFT ? { from: FROM, to: TO, y: there } : { from: TO, to: FROM, y: back };
}

customElements.define("topology-map", TopologyMap);
