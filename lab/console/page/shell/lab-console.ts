import { html, nothing } from "lit";
import "../cases/case-panel.ts";
import "../chat/chat-modal.ts";
import "../chat/chat-pane.ts";
import "../firewall/firewall-map.ts";
import "../firewall/rule-table.ts";
import "../instances/service-panel.ts";
import "../mesh/intention-list.ts";
import "../mesh/root-rotator.ts";
import "../topology/topology-map.ts";
import "../traffic/traffic-chart.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { SERVICES } from "../wire/services.ts";
import { shown } from "../wire/view.ts";
import { Watch } from "../wire/watch.ts";
import "./confirm-dialog.ts";
import { shortcuts } from "./console-shortcuts.ts";
import { problemLines } from "./problem-lines.ts";
import "./shortcut-help.ts";
import type { ShortcutHelp } from "./shortcut-help.ts";
import { listen } from "./shortcuts.ts";
import "./swap-announcer.ts";
import "./top-bar.ts";

/** The whole page: chat left, what the lab does right. */
class LabConsole extends LightElement {
  #shortcuts = shortcuts(this, () => this.#help());
  #deafen: () => void = () => undefined;

  constructor() {
    super();
    new Watch(this, lab);
    new Watch(this, shown);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#deafen = listen(this.#shortcuts);
  }

  override disconnectedCallback(): void {
    this.#deafen();
    super.disconnectedCallback();
  }

  #help(): void {
    this.querySelector<ShortcutHelp>("shortcut-help")?.open();
  }

  protected override render() {
    const status = lab.frame?.status;
    const problems = lab.frame?.problem ? [lab.frame.problem] : (status?.problems ?? []);
    return html`
      <top-bar @help=${() => this.#help()}></top-bar>
      <div class="problems" role="alert" title=${problems.join("\n")}>
        ${
          problems.length > 0
            ? html`<ul>
                ${problemLines(problems).map((line) => html`<li>${line}</li>`)}
              </ul>`
            : nothing
        }
      </div>
      <chat-pane></chat-pane>
      <main>
        <section class="services" aria-label="Service instances">
          ${status ? SERVICES.map((service) => html`<service-panel .service=${service}></service-panel>`) : nothing}
        </section>
        ${shown.name === "topology" ? topology(Boolean(status?.mesh)) : nothing}
        ${shown.name === "firewall" ? html`<firewall-map></firewall-map><rule-table></rule-table>` : nothing}
        <traffic-chart></traffic-chart>
        <case-panel></case-panel>
      </main>
      <chat-modal></chat-modal>
      <confirm-dialog></confirm-dialog>
      <shortcut-help .shortcuts=${this.#shortcuts}></shortcut-help>
      <swap-announcer></swap-announcer>
    `;
  }
}

const topology = (mesh: boolean) =>
  html`<topology-map></topology-map> ${
      mesh
        ? html`<div class="mesh-panel">
            <intention-list></intention-list>
            <root-rotator></root-rotator>
          </div>`
        : nothing
    }`;

customElements.define("lab-console", LabConsole);
