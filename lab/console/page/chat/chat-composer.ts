import { html, nothing } from "lit";
import { Refused } from "../wire/http.ts";
import { LightElement } from "../wire/light-element.ts";
import { lab } from "../wire/lab-feed.ts";
import { Watch } from "../wire/watch.ts";
import { workspace } from "../wire/workspace.ts";

const TRY = ["/cert expiring", "/cert renew service-b New key for the audit", "/cert help"];
const TRY_IN_MESH = ["/cert expiring", "/mesh deny service-a service-b A drill", "/mesh help"];
const TRY_BEHIND_FIREWALL = ["/firewall request", "/firewall list", "/firewall help"];

class ChatComposer extends LightElement {
  static override properties = { note: { state: true }, problem: { state: true }, busy: { state: true } };
  declare note: string;
  declare problem: Refused | null;
  declare busy: boolean;
  #typed: string[] = [];
  #recalled = 0;

  constructor() {
    super();
    this.note = "";
    this.problem = null;
    this.busy = false;
    new Watch(this, workspace);
    new Watch(this, lab);
  }

  protected override render() {
    const person = workspace.person(workspace.me);
    const me = person?.name ?? "";
    const zone = person?.tz.split("/").at(-1)?.replace("_", " ") ?? "";
    return html`<form class="composer" @submit=${(event: SubmitEvent) => this.#submitted(event)}>
      <input
        type="text"
        autocomplete="off"
        spellcheck="false"
        aria-label="Message or slash command as ${me}"
        aria-keyshortcuts="/"
        placeholder="Type /cert … as ${me}, in ${zone} time"
        @keydown=${(event: KeyboardEvent) => this.#keyed(event)}
      />
      <button type="submit" class="button primary" ?disabled=${this.busy}>Send</button>
      <p class="note" role="status">
        ${this.problem ? html`<span class="error">${this.problem.message} ${this.problem.hint}</span>` : this.note || nothing}
        ${this.problem || this.note ? nothing : offers().map((text) => html`<button type="button" class="try" @click=${() => this.#offer(text)}>${text}</button>`)}
      </p>
    </form>`;
  }

  get #box(): HTMLInputElement | null {
    return this.querySelector("input");
  }

  #offer(text: string): void {
    if (!this.#box) return;
    this.#box.value = text;
    this.#box.focus();
  }

  #keyed(event: KeyboardEvent): void {
    const box = event.currentTarget as HTMLInputElement;
    if (event.key === "Escape") box.blur();
    if (event.key !== "ArrowUp" && event.key !== "ArrowDown") return;
    event.preventDefault();
    this.#recalled = Math.min(Math.max(this.#recalled + (event.key === "ArrowUp" ? 1 : -1), 0), this.#typed.length);
    box.value = this.#typed.at(-this.#recalled || this.#typed.length) ?? "";
  }

  async #submitted(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const text = this.#box?.value.trim() ?? "";
    if (!text || this.busy || !this.#box) return;
    this.#box.value = "";
    this.#typed.push(text);
    this.#recalled = 0;
    this.busy = true;
    this.problem = null;
    try {
      const tookMs = await workspace.say(text);
      this.note = tookMs === null ? "" : `The bot acknowledged in ${Math.round(tookMs)} ms (Slack allows 3,000).`;
    } catch (problem) {
      this.problem = problem instanceof Refused ? problem : new Refused(String(problem), "");
    } finally {
      this.busy = false;
    }
  }
}

function offers(): string[] {
  const status = lab.frame?.status;
  if (status?.firewall) return TRY_BEHIND_FIREWALL;
  return status?.mesh ? TRY_IN_MESH : TRY;
}

customElements.define("chat-composer", ChatComposer);
