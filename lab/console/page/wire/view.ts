const views = ["certificates", "topology"] as const;

export type ViewName = (typeof views)[number];

/** Which of the two pictures stands above the traffic. It stands in the address too, so that a window can be opened on either. */
class Shown extends EventTarget {
  name: ViewName = fromAddress();

  constructor() {
    super();
    addEventListener("hashchange", () => this.#take(fromAddress()));
  }

  show(name: ViewName): void {
    history.replaceState(null, "", `#${name}`);
    this.#take(name);
  }

  showOther(): void {
    this.show(this.name === "topology" ? "certificates" : "topology");
  }

  #take(name: ViewName): void {
    this.name = name;
    this.dispatchEvent(new Event("change"));
  }
}

function fromAddress(): ViewName {
  return views.find((name) => location.hash === `#${name}`) ?? "certificates";
}

export const shown = new Shown();
