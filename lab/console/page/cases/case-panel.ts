import { html, nothing } from "lit";
import type { CaseName, CaseReport } from "../../../cases/report.ts";
import { Refused, post } from "../wire/http.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { second } from "../wire/second.ts";
import { Watch } from "../wire/watch.ts";
import { caseList } from "./case-list.ts";
import "./case-report.ts";

/** The scenario buttons and what the last one showed. */
class CasePanel extends LightElement {
  static override properties = { running: { state: true }, report: { state: true }, problem: { state: true } };
  declare running: { name: CaseName; since: number } | null;
  declare report: CaseReport | null;
  declare problem: Refused | null;

  constructor() {
    super();
    this.running = null;
    this.report = null;
    this.problem = null;
    new Watch(this, second);
  }

  async run(name: CaseName): Promise<void> {
    if (this.running) return;
    this.running = { name, since: lab.now() };
    this.problem = null;
    try {
      this.report = await post<CaseReport>(`/api/cases/${name}`);
    } catch (problem) {
      this.report = null;
      this.problem = problem instanceof Refused ? problem : new Refused(String(problem), "");
    } finally {
      this.running = null;
    }
  }

  dismiss(): void {
    this.report = null;
    this.problem = null;
  }

  protected override render() {
    const { running, report, problem } = this;
    return html`<section class="cases" aria-label="Cases">
      <h2 class="visually-hidden">The seven cases</h2>
      <div class="case-buttons" role="group" aria-label="Run a case">
        ${caseList.map(({ name, label }, index) => this.#button(name, label, index + 1))}
      </div>
      <div role="status">
        ${problem ? html`<p class="error refusal">${problem.message} ${problem.hint}</p>` : nothing}
        ${running ? html`<p class="running">Running “${caseList.find(({ name }) => name === running.name)?.label}”…</p>` : nothing}
        ${report && !running ? html`<case-report .report=${report} @dismiss=${() => this.dismiss()}></case-report>` : nothing}
      </div>
    </section>`;
  }

  #button(name: CaseName, label: string, key: number) {
    const running = this.running?.name === name;
    return html`<button
      type="button"
      class="case"
      aria-keyshortcuts=${key}
      aria-pressed=${!this.running && this.report?.name === name}
      ?disabled=${this.running !== null}
      data-case=${name}
      @click=${() => this.run(name)}
    >
      <span
        ><kbd>${key}</kbd
        >${running ? html`<small>${Math.round((lab.now() - (this.running?.since ?? 0)) / 1000)} s</small>` : nothing}</span
      >${label}
    </button>`;
  }
}

customElements.define("case-panel", CasePanel);
export type { CasePanel };
