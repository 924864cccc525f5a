import { lab } from "./lab-feed.ts";

const views = ["certificates", "topology", "firewall"] as const;

export type ViewName = (typeof views)[number];

/** Which of the pictures stands above the traffic. It stands in the address too, so that a window can be opened on any. */
class Shown extends EventTarget {
  #chosen = fromAddress();

  constructor() {
    super();
    addEventListener("hashchange", () => this.#take(fromAddress()));
  }

  /** The pictures that this lab has. */
  get all(): readonly ViewName[] {
    return lab.frame?.status?.firewall ? views : views.filter((name) => name !== "firewall");
  }

  /** A lab with a firewall shows that, until somebody chooses. */
  get name(): ViewName {
    const first = this.all.includes("firewall") ? "firewall" : "certificates";
    return this.all.find((name) => name === this.#chosen) ?? first;
  }

  show(name: ViewName): void {
    history.replaceState(null, "", `#${name}`);
    this.#take(name);
  }

  showNext(): void {
    const next = this.all[(this.all.indexOf(this.name) + 1) % this.all.length];
    if (next) this.show(next);
  }

  #take(name: ViewName | null): void {
    this.#chosen = name;
    this.dispatchEvent(new Event("change"));
  }
}

function fromAddress(): ViewName | null {
  return views.find((name) => location.hash === `#${name}`) ?? null;
}

export const shown = new Shown();
