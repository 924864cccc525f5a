import { Problem } from "../vault-config/problem.ts";
import type { HostName } from "./firewall/zones.ts";
import { SupervisedChild } from "./supervised-child.ts";

export interface ChildSpec {
  name: string;
  command: string;
  args: string[];
  /** The whole environment besides PATH, HOME, LANG, TZ, Node's compile cache and the lab's marker: nothing else is inherited. */
  env?: Record<string, string>;
  cwd?: string;
  /** Where it runs, in a lab with a network of its own: on the management host when left out. */
  host?: HostName;
  /** File that takes stdout and stderr, appended to. */
  log: string;
  /** Awaited before every start, the first included: fresh one-time credentials are made here. */
  before?: (signal: AbortSignal) => Promise<void>;
  /** Awaited before it counts as up. */
  ready?: (signal: AbortSignal) => Promise<void>;
  /** Deadline of `before`, `ready` and `onRestart` together, in milliseconds. */
  readyMs?: number;
  /** Awaited after a restart, once ready, before it counts as up again: unsealing, for one. */
  onRestart?: () => Promise<void>;
  /** How long it may take to stop after SIGTERM before SIGKILL, in milliseconds. */
  stopMs?: number;
}

export type ChildState = "starting" | "up" | "backoff" | "stopped";

export interface Child extends AsyncDisposable {
  readonly name: string;
  readonly pid: number | null;
  readonly restarts: number;
  /** Why it is not up, in one sentence; null when all is well. */
  readonly problem: string | null;
  state(): ChildState;
  /** SIGSTOP: it lives on without running. */
  pause(): void;
  resume(): void;
  /** Ends it, and has it started again at once. Resolves when it has ended; its `state` tells when it is up. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Told of what befalls children that were up: each end and return, and each failed attempt to start one again. */
export interface Watcher {
  event(line: string): void;
  failure(error: unknown): void;
}

/** Starts a child and resolves when it is ready; rejects with a `Problem` that quotes its last log lines. */
export type Spawn = (spec: ChildSpec) => Promise<Child>;

/** Owns the lab's processes: each is started again when it dies, and all are stopped in reverse order. */
export class Supervisor implements AsyncDisposable {
  readonly #marker: string;
  readonly #watcher: Watcher;
  readonly #place: (spec: ChildSpec) => ChildSpec;
  readonly #children: SupervisedChild[] = [];
  #closed = false;

  /** `signal` stops everything, also what is just being started. `place`: how a child comes to run on its host. */
  constructor(options: {
    marker: string;
    watcher?: Watcher;
    signal?: AbortSignal;
    place?: (spec: ChildSpec) => ChildSpec;
  }) {
    this.#marker = options.marker;
    this.#place = options.place ?? ((spec) => spec);
    this.#watcher = options.watcher ?? { event() {}, failure() {} };
    options.signal?.addEventListener("abort", () => void this[Symbol.asyncDispose](), { once: true });
  }

  /** Those that are wanted, in the order they were started. */
  get children(): readonly Child[] {
    return this.#children;
  }

  readonly spawn: Spawn = async (spec) => {
    if (this.#closed) throw new Problem("LAB_STOPPING", "The lab is being stopped.", "Start it again when it is down.");
    if (this.#children.some((child) => child.name === spec.name)) throw new Error(`${spec.name} is running already`);
    const child = new SupervisedChild(this.#place(spec), this.#marker, this.#watcher, () => this.#forget(child));
    this.#children.push(child);
    await child.start();
    return child;
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const child of this.#children.toReversed()) await child.stop();
  }

  #forget(child: SupervisedChild): void {
    const index = this.#children.indexOf(child);
    if (index >= 0) this.#children.splice(index, 1);
  }
}
