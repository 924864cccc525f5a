import { lab } from "./lab-feed.ts";

/** Says "change" at each turn of the server's second, so that every countdown on the page turns together. */
class Second extends EventTarget {
  start(): void {
    const tick = () => {
      this.dispatchEvent(new Event("change"));
      setTimeout(tick, 1000 - (lab.now() % 1000));
    };
    tick();
  }
}

export const second = new Second();
