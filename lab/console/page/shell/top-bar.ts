import { html } from "lit";
import "../cluster/cluster-strip.ts";
import { LightElement } from "../wire/light-element.ts";
import { lab } from "../wire/lab-feed.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import "./process-list.ts";
import "./view-switch.ts";
import { theme, themes, toggleTheme } from "./theme.ts";

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const zone = new Intl.DateTimeFormat("en-GB", { timeZoneName: "short" });

class TopBar extends LightElement {
  constructor() {
    super();
    new Watch(this, second);
    new Watch(this, themes);
  }

  protected override render() {
    const now = lab.now();
    return html`<header class="top-bar">
      <h1><img src="/page/seal.svg" alt="" />certops <span>lab</span></h1>
      <process-list></process-list>
      <cluster-strip></cluster-strip>
      <view-switch></view-switch>
      <time class="clock" datetime=${new Date(now).toISOString()}
        >${clock.format(now)} <small>${zoneName(now)}</small></time
      >
      <button
        type="button"
        class="quiet"
        @click=${toggleTheme}
        aria-label="Use ${theme() === "dark" ? "light" : "dark"} colours"
      >
        ${theme() === "dark" ? "Light" : "Dark"}
      </button>
      <button type="button" class="quiet" aria-keyshortcuts="?" @click=${() => this.dispatchEvent(new Event("help"))}>
        Keys <kbd>?</kbd>
      </button>
    </header>`;
  }
}

const zoneName = (now: number) => zone.formatToParts(now).find(({ type }) => type === "timeZoneName")?.value;

customElements.define("top-bar", TopBar);
