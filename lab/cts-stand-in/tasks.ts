import { setTimeout as delay } from "node:timers/promises";
import { Buffer } from "./buffer.ts";
import type { Consul } from "./consul.ts";
import { Driver, type RunOption } from "./driver.ts";
import { readDuration } from "./duration.ts";
import { beginEvent, messageOf, type TaskEvent, withEvent } from "./events.ts";
import type { Log } from "./log.ts";
import type { RootModule } from "./root-module.ts";
import type { Task } from "./task.ts";
import type { Plan } from "./terraform.ts";

/** How long a new task may wait for its first inputs. */
const FIRST_INPUTS_MS = 60_000;
/** How often a run by itself is tried again when it failed. */
const RETRIES = 2;

interface Options {
  consul: Consul;
  workingDir: string;
  terraformPath: string;
  backend: RootModule["backend"];
  /** For tasks that say nothing of it, milliseconds; null for none. */
  buffer: { min: number; max: number } | null;
  log: Log;
}

interface Entry {
  /** As it was posted and patched: while a patch works, already as it will be. */
  task: Task;
  driver: Driver;
  events: TaskEvent[];
  /** While it is worked on, what is being done. */
  active: Promise<unknown> | null;
  deleting: boolean;
  buffer: Buffer | null;
}

/** All tasks, in memory: gone with the process, as with CTS. */
export class Tasks implements AsyncDisposable {
  readonly #options: Options;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();

  constructor(options: Options) {
    this.#options = options;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** What CTS says of a task that is not there. */
  absent(name: string): string {
    return `a task with name '${name}' does not exist or has not been initialized yet`;
  }

  /** Throws for a task that is not there. */
  get(name: string): { task: Task; events: TaskEvent[] } {
    return this.#entry(name);
  }

  all(): { task: Task; events: TaskEvent[] }[] {
    return [...this.#entries.values()];
  }

  /** With `now` it is also applied, and then only kept when that went well. */
  async create(task: Task, run: "now" | null, signal: AbortSignal): Promise<Task> {
    const driver = await this.#newDriver(task, signal);
    try {
      const end = beginEvent(driver.task);
      if (run === "now") await driver.apply(signal);
      const entry: Entry = {
        task,
        driver,
        events: run === "now" && task.enabled ? [end(null)] : [],
        active: null,
        deleting: false,
        buffer: this.#bufferOf(task),
      };
      this.#entries.set(task.name, entry);
      return task;
    } catch (error) {
      driver[Symbol.dispose]();
      throw error;
    }
  }

  /** Plans a task that is not kept. */
  async tryOut(task: Task, signal: AbortSignal): Promise<Plan> {
    using driver = await this.#newDriver(task, signal);
    return await driver.inspect(signal);
  }

  async update(name: string, enabled: boolean, run: RunOption, signal: AbortSignal): Promise<Plan> {
    const entry = this.#entry(name);
    if (entry.active !== null) throw new Error(`task '${name}' is active and cannot be updated at this time`);
    return this.#work(entry, async () => {
      const end = beginEvent(entry.driver.task);
      let failure: unknown = null;
      try {
        if (run !== "inspect") entry.task = { ...entry.task, enabled };
        if (enabled) entry.buffer?.[Symbol.dispose]();
        return await entry.driver.update(enabled, run, signal);
      } catch (error) {
        failure = error;
        throw error;
      } finally {
        if (run === "now") entry.events = withEvent(entry.events, end(failure));
      }
    });
  }

  /** It goes when what it does is done. What it applied stays. */
  delete(name: string): void {
    const entry = this.#entry(name);
    if (entry.deleting) return;
    entry.deleting = true;
    void (async () => {
      while (entry.active !== null) await entry.active;
      entry.buffer?.[Symbol.dispose]();
      entry.driver[Symbol.dispose]();
      this.#entries.delete(name);
    })();
  }

  async #newDriver(task: Task, signal: AbortSignal): Promise<Driver> {
    const driver = new Driver(task, { ...this.#options, onTrigger: () => this.#triggered(task.name, driver) });
    try {
      await driver.init(signal);
      const patience = AbortSignal.any([signal, AbortSignal.timeout(FIRST_INPUTS_MS)]);
      await unless(patience, driver.render(), "error initializing task");
      return driver;
    } catch (error) {
      driver[Symbol.dispose]();
      throw error;
    }
  }

  #triggered(name: string, driver: Driver): void {
    const entry = this.#entries.get(name);
    if (entry?.driver !== driver) return;
    if (entry.buffer !== null) entry.buffer.tick();
    else void this.#runByItself(entry);
  }

  /** What CTS does when something changed: nobody asked for it and nobody sees a plan. */
  async #runByItself(entry: Entry): Promise<void> {
    // Asked again after each wait: of several that wait, one goes on, and is what the others wait for then.
    while (entry.active !== null) await entry.active;
    if (entry.deleting || this.#stop.signal.aborted) return;
    await this.#work(entry, async () => {
      const { driver } = entry;
      if (!driver.enabled) return;
      const end = beginEvent(driver.task);
      let failure: unknown = null;
      try {
        if (!(await driver.render())) return;
        this.#options.log("INFO", `tasksmanager: executing task: task_name=${driver.task.name}`);
        await this.#applyPatiently(driver);
      } catch (error) {
        failure = error;
        this.#options.log(
          "ERROR",
          `tasksmanager: error running task: task_name=${driver.task.name} error=${JSON.stringify(messageOf(error))}`,
        );
      }
      entry.events = withEvent(entry.events, end(failure));
    });
  }

  async #applyPatiently(driver: Driver): Promise<void> {
    const { signal } = this.#stop;
    try {
      return await driver.apply(signal);
    } catch {
      // The retries tell what is wrong.
    }
    let told = "";
    for (let attempt = 1; attempt <= RETRIES; attempt++) {
      await delay(2 ** (attempt - 1) * 1_000 * (1 + Math.random() / 2), undefined, { signal });
      try {
        return await driver.apply(signal);
      } catch (error) {
        told = `retry attempt #${attempt} failed '${messageOf(error)}'${told === "" ? "" : `: ${told}`}`;
      }
    }
    throw new Error(told);
  }

  async #work<T>(entry: Entry, work: () => Promise<T>): Promise<T> {
    const working = work();
    entry.active = working.catch(() => {});
    try {
      return await working;
    } finally {
      entry.active = null;
    }
  }

  #bufferOf(task: Task): Buffer | null {
    const { buffer_period: own, name } = task;
    // A task that begins disabled never gets one, also when it is enabled later.
    if (!task.enabled || own?.enabled === false) return null;
    const period = own ? { min: readDuration(own.min) ?? 0, max: readDuration(own.max) ?? 0 } : this.#options.buffer;
    if (period === null) return null;
    return new Buffer(period, () => {
      const entry = this.#entries.get(name);
      if (entry !== undefined) void this.#runByItself(entry);
    });
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw new Error(this.absent(name));
    return entry;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const { buffer, driver } of this.#entries.values()) {
      buffer?.[Symbol.dispose]();
      driver[Symbol.dispose]();
    }
    for (const { active } of this.#entries.values()) await active;
  }
}

async function unless<T>(signal: AbortSignal, work: Promise<T>, otherwise: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const give = () => reject(new Error(otherwise));
  signal.addEventListener("abort", give, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", give);
  }
}
