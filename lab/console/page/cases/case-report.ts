import { html, nothing, type PropertyValues } from "lit";
import type { CaseReport } from "../../../cases/report.ts";
import { LightElement } from "../wire/light-element.ts";

/** What a case showed: one side saw this, the other knew that, and why. */
class CaseReportCard extends LightElement {
  static override properties = { report: { attribute: false }, copied: { state: true } };
  declare report: CaseReport;
  declare copied: boolean;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("report")) this.copied = false;
  }

  protected override firstUpdated(): void {
    this.querySelector("article")?.scrollIntoView({ block: "nearest" });
  }

  protected override render() {
    const { title, clientSaw, serverKnew, cause, fix, command, expected, restored, tookMs, mesh } = this.report;
    return html`<article class="report" aria-label=${title}>
      <header>
        <h3>${title}</h3>
        <span class="badge ${expected ? "good" : "bad"}">${expected ? "as expected" : "not as expected"}</span>
        <span class="badge ${restored ? "good" : "bad"}">${restored ? "put right again" : "not put right"}</span>
        <span class="took">${(tookMs / 1000).toFixed(1)} s</span>
        <button type="button" class="quiet" @click=${() => this.dispatchEvent(new Event("dismiss"))}>Close</button>
      </header>
      <dl>
        <div class="saw">
          <dt>Client saw</dt>
          <dd><code>${clientSaw}</code></dd>
        </div>
        <div class="knew">
          <dt>Server knew</dt>
          <dd>${serverKnew}</dd>
        </div>
        <div>
          <dt>Cause</dt>
          <dd>${cause}</dd>
        </div>
        <div>
          <dt>Fix</dt>
          <dd>${fix}</dd>
        </div>
      </dl>
      ${mesh ? inTheMesh(mesh) : nothing}
      <div class="by-hand">
        <span>By hand</span>
        <pre tabindex="0">${command}</pre>
        <button type="button" class="quiet" @click=${() => this.#copy(command)}>
          ${this.copied ? "Copied" : "Copy"}
        </button>
      </div>
    </article>`;
  }

  /** Where the browser does not let a page write to the clipboard, the command is at least selected. */
  async #copy(command: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(command);
      this.copied = true;
    } catch {
      getSelection()?.selectAllChildren(this.querySelector("pre") ?? this);
    }
  }
}

/** What becomes of the same mistake where the sidecars speak TLS in the app's place. */
function inTheMesh({ prevented, said, cause }: NonNullable<CaseReport["mesh"]>) {
  return html`<section class="in-mesh" aria-label="In the mesh">
    <h4>
      In the mesh
      <span class="badge ${prevented ? "good" : "warn"}">${prevented ? "prevented" : "not prevented"}</span>
    </h4>
    <p><code>${said}</code></p>
    <p>${cause}</p>
  </section>`;
}

customElements.define("case-report", CaseReportCard);
