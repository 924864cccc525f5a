import { html, nothing } from "lit";
import type { Tone } from "../instances/lifetime.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { type Member, members } from "./members.ts";

/** Consul's servers, Nomad's nodes and CTS, each a dot with its number or kind: the leader says so, who is away is crossed out. */
class ClusterStrip extends LightElement {
  constructor() {
    super();
    new Watch(this, lab);
  }

  protected override render() {
    const status = lab.frame?.status;
    if (!status) return nothing;
    const { consul, nomad, cts } = members(status);
    return html`${cluster("Consul", consul)} ${cluster("Nomad", nomad)} ${cluster("CTS", cts)}`;
  }
}

const SIGNS: Record<Tone, string> = { good: "●", warn: "◐", bad: "✕" };

function cluster(name: string, list: Member[]) {
  if (list.length === 0) return nothing;
  return html`<div class="cluster" role="group" aria-label=${name}>
    <span class="cluster-name">${name}</span>
    <ul>
      ${list.map(
        ({ short, whole, tone, leads }) =>
          html`<li class="member ${tone}" title=${whole}>
            <span aria-hidden="true">${SIGNS[tone]}</span>
            <span aria-hidden="true">${short}</span
            >${leads ? html`<small aria-hidden="true">leader</small>` : nothing}<span class="visually-hidden"
              >${whole}</span
            >
          </li>`,
      )}
    </ul>
  </div>`;
}

customElements.define("cluster-strip", ClusterStrip);
