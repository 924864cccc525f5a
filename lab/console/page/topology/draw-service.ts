import { nothing, svg } from "lit";
import type { InstanceStatus } from "../../../status.ts";
import type { SidecarStatus } from "../wire/status-types.ts";
import { drawSeal } from "./draw-seal.ts";
import {
  appSpot,
  column,
  instanceRadius,
  instanceSpot,
  RADIUS,
  SEAM,
  type Side,
  sidecarSpot,
  type Spot,
} from "./geometry.ts";
import { instanceWords, sidecarWords } from "./node-words.ts";

interface Service {
  name: string;
  side: Side;
  instances: InstanceStatus[];
  /** undefined outside the mesh. */
  sidecar: SidecarStatus | undefined;
  mesh: boolean;
}

/** A service's column: its instances with their own certificates, and beneath them the app behind its Envoy. */
export function drawService({ name, side, instances, sidecar, mesh }: Service) {
  const { x, y, width, height } = column(side, mesh);
  return svg`<g class="service-column">
    <rect class="frame" x=${x} y=${y} width=${width} height=${height} rx="10" />
    <text class="title" x=${x + 14} y="33">${name}</text>
    ${mesh ? svg`<path class="seam" d="M${x + 12} ${SEAM}h${width - 24}" />` : nothing}
    ${instances.length === 0 ? word(instanceSpot(side, 0, 1), "no instance", true) : nothing}
    ${instances.map((instance, index) => drawInstance(instance, side, index, instances.length))}
    ${sidecar ? drawSidecar(sidecar, side) : nothing}
  </g>`;
}

function drawInstance(instance: InstanceStatus, side: Side, index: number, count: number) {
  const spot = instanceSpot(side, index, count);
  const radius = instanceRadius(count);
  const beneath = { x: spot.x, y: spot.y + RADIUS + 15 };
  return svg`<g class="node" id="node-${instance.instance}" tabindex="0" role="img" aria-label=${instanceWords(instance)}>
    ${drawSeal(instance, spot, radius)}
    ${word(beneath, instance.problem ? "problem" : (instance.generation ?? "–"), instance.problem !== null)}
    ${instance.allocation ? word({ ...beneath, y: beneath.y + 15 }, instance.allocation.node) : nothing}
  </g>`;
}

function drawSidecar(sidecar: SidecarStatus, side: Side) {
  const spot = sidecarSpot(side);
  const app = appSpot(side);
  const towards = Math.sign(spot.x - app.x);
  return svg`<g class="node" id="node-${sidecar.instance}" tabindex="0" role="img" aria-label=${sidecarWords(sidecar)}>
    <rect class="plain-app" x=${app.x - 27} y=${app.y - 20} width="54" height="40" rx="7" />
    <text class="plain-name" x=${app.x} y=${app.y + 5}>app</text>
    <path class="hop" d="M${app.x + towards * 27} ${app.y}H${spot.x - towards * RADIUS}" />
    ${word({ x: app.x, y: app.y + 36 }, sidecar.problem ? "problem" : "plain", sidecar.problem !== null)}
    ${sidecar.allocation ? word({ x: app.x, y: app.y - 30 }, sidecar.allocation.node) : nothing}
    ${drawSeal(
      {
        ...sidecar,
        serial: sidecar.certificate?.serial ?? null,
        notAfter: sidecar.certificate?.notAfter ?? null,
      },
      spot,
      RADIUS,
    )}
  </g>`;
}

const word = ({ x, y }: Spot, said: string, bad = false) =>
  svg`<text class="under ${bad ? "bad" : ""}" x=${x} y=${y}>${said}</text>`;
