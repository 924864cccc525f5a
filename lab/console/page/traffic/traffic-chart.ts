import { html } from "lit";
import uPlot from "uplot";
import { themes } from "../shell/theme.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { chartOptions } from "./chart-options.ts";
import { marks } from "./chart-marks.ts";

const SHOWN_S = 180;
const whole = new Intl.NumberFormat("en");

/** The steady clients' requests and failures per second, with a line at each rotation: nothing may be lost there. */
class TrafficChart extends LightElement {
  #plot: uPlot | null = null;
  #resized = new ResizeObserver(() => this.#fit());
  #recoloured = () => this.#draw();

  constructor() {
    super();
    new Watch(this, lab);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    themes.addEventListener("change", this.#recoloured);
  }

  override disconnectedCallback(): void {
    themes.removeEventListener("change", this.#recoloured);
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
    super.disconnectedCallback();
  }

  protected override firstUpdated(): void {
    this.#resized.observe(this.#stage);
    this.#draw();
  }

  protected override updated(): void {
    this.#plot?.setData(this.#data());
  }

  get #stage(): HTMLElement {
    return this.querySelector(".stage") ?? this;
  }

  #data(): uPlot.AlignedData {
    const { points } = lab;
    return [
      points.map(({ at }) => at / 1000),
      points.map(({ requests }) => requests),
      points.map(({ failures }) => failures || null),
    ];
  }

  #draw(): void {
    if (!this.hasUpdated) return;
    this.#plot?.destroy();
    const { width, height } = this.#stage.getBoundingClientRect();
    const range = (): [number, number] => [lab.now() / 1000 - SHOWN_S, lab.now() / 1000];
    const options = chartOptions(
      { width, height, range, marks: () => marks(lab.swaps, lab.rootChanges) },
      getComputedStyle(this),
    );
    this.#plot = new uPlot(options, this.#data(), this.#stage);
  }

  #fit(): void {
    const { width, height } = this.#stage.getBoundingClientRect();
    if (width > 0 && height > 0) this.#plot?.setSize({ width, height });
  }

  protected override render() {
    const totals = lab.frame?.totals;
    const rate = lab.points.at(-1)?.requests ?? 0;
    const causes = Object.entries(totals?.causes ?? {}).toSorted(([, one], [, other]) => other - one);
    const failed = totals?.failures ?? 0;
    // Those fail as long as no rule lets them through, which is no loss.
    const uncounted = lab.frame?.status?.firewall ? ", calls through the router not counted" : "";
    return html`<section class="traffic" aria-label="Traffic">
      <header>
        <p><b>${Math.round(rate)}</b> requests/s</p>
        <p class=${failed > 0 ? "bad" : "good"}>
          <b>${whole.format(failed)}</b> failed of ${whole.format(totals?.requests ?? 0)} since the lab was
          up${uncounted}
        </p>
        <p class="causes">
          ${causes.map(([cause, count]) => html`<span><code>${cause}</code> ${whole.format(count)}</span>`)}
        </p>
      </header>
      <div class="stage" aria-hidden="true"></div>
    </section>`;
  }
}

customElements.define("traffic-chart", TrafficChart);
