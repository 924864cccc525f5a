import { writeFile } from "node:fs/promises";
import type { Consul } from "./consul.ts";
import { type Source, sourcesOf } from "./sources.ts";
import type { Task } from "./task.ts";
import { type Found, type KeyValue, type ServiceInstance, tfvars } from "./tfvars.ts";
import { View } from "./view.ts";

/**
 * What a task's module is given, and when it is written anew. As with CTS it is only after a change at what triggers the
 * task: an instance that moved is not seen while it is a mere input, until the next change of a key.
 */
export class Inputs implements Disposable {
  readonly #task: Task;
  readonly #watched: Watched[];
  readonly #trigger: () => void;
  #dirty = true;
  #written = false;

  /** `trigger` is called for each change that would make an enabled task run. */
  constructor(task: Task, consul: Consul, trigger: () => void) {
    this.#task = task;
    this.#trigger = trigger;
    this.#watched = sourcesOf(task).map((source) => this.#watch(source, consul));
  }

  /** Asks Consul each question once: throws for the first that it does not answer. */
  async tryOut(signal: AbortSignal): Promise<void> {
    for (const { views } of this.#watched) for (const view of views) await view.tryOut(signal);
  }

  /** Writes the file when there is something new. There is no end to the wait for a first answer: CTS has none either. */
  async write(file: string): Promise<boolean> {
    await Promise.all(this.#watched.flatMap(({ views }) => views.map((view) => view.ready())));
    if (!this.#dirty) return false;
    this.#dirty = false;
    this.#written = true;
    await writeFile(
      file,
      tfvars(
        this.#task,
        this.#watched.map(({ found }) => found()),
      ),
      { mode: 0o640 },
    );
    return true;
  }

  #watch(source: Source, consul: Consul): Watched {
    const onChange = () => {
      if (this.#written && !source.triggers) return;
      this.#dirty = true;
      this.#trigger();
    };
    if (source.kind === "kv") {
      const view = new View<KeyValue[]>((index, signal) => consul.keys(source, index, signal), onChange);
      return { views: [view], found: () => ({ source, keys: view.data }) };
    }
    const views = source.names
      .toSorted()
      .map(
        (name) =>
          new View<ServiceInstance[]>((index, signal) => consul.instances(name, source, index, signal), onChange),
      );
    return { views, found: () => ({ source, instances: views.flatMap((view) => view.data) }) };
  }

  [Symbol.dispose](): void {
    for (const { views } of this.#watched) for (const view of views) view[Symbol.dispose]();
  }
}

interface Watched {
  views: View<unknown>[];
  found: () => Found;
}
