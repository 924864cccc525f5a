/** Who calls, by the name on the certificate, is bounded by the CA; this is for one that issues a name for every call. */
const namesAtMost = 100;

/** Who called this service, how often, and when last. It tells who is hurt when its certificate ends. */
export class Callers {
  readonly known = new Map<string, { requests: number; lastAt: number }>();

  count(name: string, at: number): void {
    const before = this.known.get(name);
    // Moved to the end: the first one is who has not called for the longest time.
    this.known.delete(name);
    this.known.set(name, { requests: (before?.requests ?? 0) + 1, lastAt: at });
    if (this.known.size <= namesAtMost) return;
    const [oldest] = this.known.keys();
    if (oldest !== undefined) this.known.delete(oldest);
  }
}
