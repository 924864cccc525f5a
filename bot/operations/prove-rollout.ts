import type { Endpoint, Observation } from "../domain/endpoint.ts";
import { counted } from "../domain/proof.ts";
import type { Proof, RenewalLimits } from "../domain/rollout.ts";
import type { Probe } from "./ports.ts";
import { pause } from "./waiting.ts";

/** Fresh handshakes to every planned instance at a fixed rate, counted. Disposing it awaits those under way. */
export interface Proving extends AsyncDisposable {
  proof(): Proof;
  /** The instances whose latest handshake verified and showed the generation. */
  showing(): Set<string>;
  /** What the latest handshake to each instance saw. */
  latest(): Map<string, Observation>;
  /** Resolves when every instance was tried once. */
  begun: Promise<void>;
  /** Resolves when an instance begins or ceases to show the generation, at the latest after `ms`. */
  news(ms: number, signal: AbortSignal): Promise<void>;
}

/** Handshakes that hang would pile up, and keep one another from coming to an end: beyond this many at a time one is left out, and not counted. */
const mostAtATime = 64;

/** `endpoints`: the planned instances where they are now: read before each round, for they come back at other addresses. */
export function startProving(
  probe: Probe,
  { generation, endpoints, proof: before }: { generation: string; endpoints: () => Endpoint[]; proof: Proof },
  limits: Pick<RenewalLimits, "handshakeEveryMs" | "handshakeDeadlineMs">,
): Proving {
  let proof = before;
  const latest = new Map<string, Observation>();
  const showing = new Set<string>();
  const underWay = new Map<string, Set<Promise<void>>>();
  const stop = new AbortController();
  const news = new EventTarget();

  const show = (instance: string, shows: boolean): void => {
    if (shows === showing.has(instance)) return;
    if (shows) showing.add(instance);
    else showing.delete(instance);
    news.dispatchEvent(new Event("news"));
  };

  const handshake = async (endpoint: Endpoint): Promise<void> => {
    const { observation, chain } = await probe(endpoint, limits.handshakeDeadlineMs);
    const leaf = chain[0] ?? null;
    const { instance } = endpoint;
    proof = counted(proof, generation, instance, observation, leaf);
    // What hung at an address that was left says nothing of the new one.
    if (!endpoints().some((one) => isSame(one, endpoint))) return;
    if ((latest.get(instance)?.at ?? 0) > observation.at) return;
    latest.set(instance, observation);
    show(instance, observation.problem === null && leaf?.generation === generation);
  };

  const tryAll = (): Promise<void>[] => {
    const now = endpoints();
    const here = new Set(now.map(({ instance }) => instance));
    for (const instance of showing) if (!here.has(instance)) show(instance, false);
    const mostEach = Math.max(2, Math.floor(mostAtATime / now.length));
    return now.flatMap((endpoint) => {
      const own = underWay.get(endpoint.id) ?? new Set();
      underWay.set(endpoint.id, own);
      if (own.size >= mostEach) return [];
      const tried = handshake(endpoint).finally(() => own.delete(tried));
      own.add(tried);
      return [tried];
    });
  };

  const begun = Promise.all(tryAll()).then(() => {});
  const going = everyTick(limits.handshakeEveryMs, stop.signal, tryAll);

  return {
    proof: () => proof,
    showing: () => new Set(showing),
    latest: () => new Map(latest),
    begun,
    async news(ms, signal) {
      const heard = new AbortController();
      news.addEventListener("news", () => heard.abort(), { once: true, signal: heard.signal });
      await pause(ms, AbortSignal.any([signal, heard.signal]));
      heard.abort();
    },
    async [Symbol.asyncDispose]() {
      stop.abort();
      await going;
      await Promise.all([...underWay.values()].flatMap((own) => [...own]));
    },
  };
}

const isSame = (a: Endpoint, b: Endpoint) => a.id === b.id && a.host === b.host && a.port === b.port;

/** At a fixed rate: a tick that comes late does not shift the next ones; missed ones are left out. */
async function everyTick(everyMs: number, signal: AbortSignal, tick: () => void): Promise<void> {
  const start = performance.now();
  const passed = () => performance.now() - start;
  let next = everyMs;
  while (!signal.aborted) {
    await pause(next - passed(), signal);
    if (signal.aborted) return;
    tick();
    next = Math.max(next + everyMs, Math.floor(passed() / everyMs) * everyMs);
  }
}
