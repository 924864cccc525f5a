import { nothing, svg } from "lit";
import { drawSeal } from "../topology/draw-seal.ts";
import type { FirewallStatus, ZonedStatus } from "../wire/status-types.ts";
import { type Box, hostBox, isLeft, ROUTER, SEAL_RADIUS, sealSpot, wireOf, zoneBox } from "./geometry.ts";
import { ctsName, ctsWords, hostWords } from "./words.ts";

/** What the lab itself is made of runs here. */
const MANAGEMENT = "management";

/** A zone with its host, wired to the router; with what serves there, and its certificate. */
export function drawHost(host: FirewallStatus["hosts"][number], { services, cts }: FirewallStatus) {
  const zone = zoneBox(host.name);
  if (zone === null) return nothing;
  const box = hostBox(zone);
  const runs = services.filter(({ on }) => on === host.name);
  const [serves] = runs;
  const manages = host.name === MANAGEMENT;
  const others = manages ? [`The bot, Vault, Consul and CTS run on it. ${ctsWords(cts)}`] : [];
  return svg`<g class="zone">
    ${wire(box)}
    <rect class="border" x=${zone.x} y=${zone.y} width=${zone.width} height=${zone.height} rx="10" />
    <text class="zone-name" x=${zone.x + 12} y=${zone.y + 20}>zone ${host.zone}</text>
    <text class="network" x=${zone.x + zone.width - 12} y=${zone.y + 20}>${host.network}</text>
    <g class="host" id="host-${host.name}" tabindex="0" role="img" aria-label=${hostWords(host, runs, others)}>
      <rect class="frame" x=${box.x} y=${box.y} width=${box.width} height=${box.height} rx="8" />
      <text class="host-name" x=${box.x + 12} y=${box.y + 25}>${host.name}</text>
      ${serves ? drawServing(serves, box) : drawBeneath(box, host.addresses, manages ? cts : null)}
    </g>
  </g>`;
}

function wire(box: Box) {
  const y = wireOf(box);
  const [from, to] = isLeft(box) ? [box.x + box.width, ROUTER.x] : [ROUTER.x + ROUTER.width, box.x];
  return svg`<path class="wire" d="M${from} ${y}H${to}" />`;
}

function drawServing(serves: ZonedStatus, box: Box) {
  const spot = sealSpot(box);
  const x = isLeft(box) ? box.x + 12 : spot.x + SEAL_RADIUS + 10;
  return svg`${drawSeal({ ...serves, check: null }, spot, SEAL_RADIUS)}
    <text class="address" x=${x} y=${spot.y + 1}>${serves.address}<tspan x=${x} dy="18">:${serves.servesAt}</tspan></text>`;
}

function drawBeneath({ x, y, width }: Box, addresses: string[], cts: FirewallStatus["cts"] | null) {
  return svg`<text class="address" x=${x + 12} y=${y + 48}>${addresses.join(" ")}</text>
    ${
      cts === null
        ? svg`<text class="beside" x=${x + 12} y=${y + 70}>nothing of the lab</text>`
        : svg`<text class="beside" x=${x + 12} y=${y + 70}>bot · Vault · Consul</text>
          <text class="cts ${cts.kind}" x=${x + width - 12} y=${y + 48}>${ctsName(cts)}</text>`
    }`;
}
