import { html } from "lit";
import type { CaseReport } from "../../../cases/report.ts";
import { LightElement } from "../wire/light-element.ts";

/** What a case showed: one side saw this, the other knew that, and why. */
class CaseReportCard extends LightElement {
  static override properties = { report: { attribute: false }, copied: { state: true } };
  declare report: CaseReport;
  declare copied: boolean;

  protected override render() {
    const { title, clientSaw, serverKnew, cause, fix, command, expected, restored, tookMs } = this.report;
    return html`<article class="report" aria-label=${title}>
      <header>
        <h3>${title}</h3>
        <span class="badge ${expected ? "good" : "bad"}">${expected ? "as expected" : "not as expected"}</span>
        <span class="badge ${restored ? "good" : "bad"}">${restored ? "put right again" : "not put right"}</span>
        <span class="took">${(tookMs / 1000).toFixed(1)} s</span>
        <button type="button" class="quiet" @click=${() => this.dispatchEvent(new Event("dismiss"))}>Close</button>
      </header>
      <dl class="sides">
        <div><dt>Client saw</dt><dd><code>${clientSaw}</code></dd></div>
        <div><dt>Server knew</dt><dd><code>${serverKnew}</code></dd></div>
      </dl>
      <dl class="why">
        <div><dt>Cause</dt><dd>${cause}</dd></div>
        <div><dt>Fix</dt><dd>${fix}</dd></div>
      </dl>
      <div class="by-hand">
        <span>By hand</span><pre tabindex="0">${command}</pre>
        <button type="button" class="quiet" @click=${() => this.#copy(command)}>${this.copied ? "Copied" : "Copy"}</button>
      </div>
    </article>`;
  }

  async #copy(command: string): Promise<void> {
    await navigator.clipboard.writeText(command);
    this.copied = true;
  }
}

customElements.define("case-report", CaseReportCard);
