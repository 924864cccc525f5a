import { nothing, svg } from "lit";
import { renderPicture } from "../topology/picture.ts";
import { Pointing } from "../topology/pointing.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import { drawHost } from "./draw-host.ts";
import { drawPassage } from "./draw-passage.ts";
import { drawRouter } from "./draw-router.ts";
import { HEIGHT, WIDTH } from "./geometry.ts";
import { passage } from "./passage.ts";

/** The hosts in their zones around the router, and what comes of the call across it. */
class FirewallMap extends LightElement {
  #pointing = new Pointing(this);

  constructor() {
    super();
    new Watch(this, lab);
    new Watch(this, second);
  }

  protected override render() {
    const firewall = lab.frame?.status?.firewall;
    if (!firewall) return nothing;
    const call = passage(firewall);
    return renderPicture(this.#pointing, {
      label: "Firewall",
      kind: "firewall",
      width: WIDTH,
      height: HEIGHT,
      hint: "Point at the call, a host or the router, or reach it by Tab, to read all of it.",
      drawing: svg`${firewall.hosts.map((host) => drawHost(host, firewall))} ${drawRouter(firewall.router)}
        ${call ? drawPassage(call, firewall.router.counters) : nothing}`,
    });
  }
}

customElements.define("firewall-map", FirewallMap);
