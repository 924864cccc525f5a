/** Lets changes gather: it fires when none came for `min`, and at the latest `max` after the first. Milliseconds. */
export class Buffer implements Disposable {
  readonly #min: number;
  readonly #max: number;
  readonly #fire: () => void;
  #timer: NodeJS.Timeout | null = null;
  #deadline = 0;

  constructor({ min, max }: { min: number; max: number }, fire: () => void) {
    this.#min = min;
    this.#max = Math.max(min, max);
    this.#fire = fire;
  }

  /** A change came. */
  tick(): void {
    const now = Date.now();
    if (this.#timer === null) this.#deadline = now + this.#max;
    else clearTimeout(this.#timer);
    this.#timer = setTimeout(
      () => {
        this.#timer = null;
        this.#fire();
      },
      Math.min(this.#min, this.#deadline - now),
    );
  }

  /** Forgets the changes that came. */
  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
