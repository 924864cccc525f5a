import { html, nothing } from "lit";
import { Refused, post } from "../wire/http.ts";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { type Progress, progress } from "./root-rotation.ts";

/** The button that gives the mesh another root, and how far the sidecars have come since. */
class RootRotator extends LightElement {
  static override properties = { rotation: { state: true } };
  declare rotation: Rotation | null;

  constructor() {
    super();
    this.rotation = null;
    new Watch(this, lab);
  }

  get #mesh() {
    return lab.frame?.status?.mesh ?? null;
  }

  async rotate(): Promise<void> {
    if (this.rotation?.running || this.#mesh === null) return;
    const before = this.#mesh.ca.roots.find(({ active }) => active)?.id ?? null;
    this.rotation = { running: true, since: performance.now(), before, said: words(null, 0), problem: null };
    try {
      await post("/api/mesh/rotate-root");
    } catch (problem) {
      const told = problem instanceof Refused ? problem : new Refused(String(problem), "");
      this.rotation = { ...this.rotation, running: false, problem: told };
    }
  }

  protected override willUpdate(): void {
    const { rotation } = this;
    const mesh = this.#mesh;
    if (!rotation?.running || mesh === null) return;
    const come = progress(mesh, rotation.before);
    const elapsed = (performance.now() - rotation.since) / 1000;
    const running = !come?.done && elapsed < GIVE_UP_S;
    this.rotation = { ...rotation, running, said: words(come, elapsed) };
  }

  protected override render() {
    const { rotation } = this;
    return html`<div class="root-rotator" aria-busy=${rotation?.running ?? false}>
      <button
        type="button"
        class="button"
        aria-keyshortcuts="R"
        ?disabled=${rotation?.running ?? false}
        @click=${() => this.rotate()}
      >
        Rotate the mesh’s root
      </button>
      <p class="rotation" role="status">${rotation?.problem ? nothing : (rotation?.said ?? nothing)}</p>
      <p class="error" role="alert">
        ${rotation?.problem ? `${rotation.problem.message} ${rotation.problem.hint}` : nothing}
      </p>
    </div>`;
  }
}

function words(come: Progress | null, elapsed: number): string {
  if (come === null) return "Consul is asked for it…";
  if (come.done) return `Every leaf moved after ${elapsed.toFixed(1)} s`;
  return `${come.moved} of ${come.leaves} leaves moved…`;
}

/** After this long a leaf that has not moved will not do so soon. */
const GIVE_UP_S = 90;

interface Rotation {
  running: boolean;
  /** By `performance.now()`. */
  since: number;
  /** The id of the root that was active at the click. */
  before: string | null;
  said: string;
  problem: Refused | null;
}

customElements.define("root-rotator", RootRotator);
export type { RootRotator };
