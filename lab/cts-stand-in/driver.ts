import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Consul } from "./consul.ts";
import { HclError, readVariables } from "./hcl-literal.ts";
import type { HclValue } from "./hcl-text.ts";
import { Inputs } from "./inputs.ts";
import { rootModule, type RootModule } from "./root-module.ts";
import type { Task } from "./task.ts";
import { type Plan, Terraform } from "./terraform.ts";
import { Turns } from "./turns.ts";

export type RunOption = "now" | "inspect" | null;

export interface DriverOptions {
  consul: Consul;
  /** Each task has a folder of its own in it. */
  workingDir: string;
  /** The folder with Terraform in it. */
  terraformPath: string;
  backend: RootModule["backend"];
  /** Something changed that makes the task run, if it is enabled. */
  onTrigger: () => void;
}

const NOTHING: Plan = { changesPresent: false, plan: "" };
const DISABLED: Plan = { changesPresent: false, plan: "Task is disabled, inspection was skipped." };

/** What CTS does for one task: its files, what it watches, and its Terraform. One thing at a time. */
export class Driver implements Disposable {
  readonly task: Task;
  readonly #variables: Record<string, HclValue>;
  readonly #folder: string;
  readonly #terraform: Terraform;
  readonly #options: DriverOptions;
  readonly #turns = new Turns();
  #inputs: Inputs | null = null;
  #enabled: boolean;

  /** Throws for variables that are no HCL. */
  constructor(task: Task, options: DriverOptions) {
    // As CTS: a module beside its own working folder is known by its whole path from here on.
    this.task = { ...task, module: /^\.\.?\//.test(task.module) ? resolve(task.module) : task.module };
    this.#variables = variablesOf(task);
    this.#folder = join(options.workingDir, task.name);
    this.#terraform = new Terraform({ path: options.terraformPath, folder: this.#folder, workspace: task.name });
    this.#options = options;
    this.#enabled = task.enabled;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  init(signal: AbortSignal): Promise<void> {
    return this.#turns.take(() => this.#init(signal));
  }

  /** Writes the module's inputs; true when there was something new, and always for a disabled task, which has none. */
  render(): Promise<boolean> {
    return this.#turns.take(async () => !this.#enabled || this.#write());
  }

  inspect(signal: AbortSignal): Promise<Plan> {
    return this.#turns.take(async () => (this.#enabled ? this.#plan(signal) : DISABLED));
  }

  apply(signal: AbortSignal): Promise<void> {
    return this.#turns.take(async () => {
      if (this.#enabled) await this.#apply(signal);
    });
  }

  /** Enables or disables, and plans or applies when asked to. An inspection leaves it as it was. */
  update(enabled: boolean, run: RunOption, signal: AbortSignal): Promise<Plan> {
    return this.#turns.take(async () => {
      const before = this.#enabled;
      try {
        this.#enabled = enabled;
        if (!enabled) return NOTHING;
        if (!before) {
          await this.#init(signal).catch(wrap(`Error updating task '${this.task.name}'. Unable to init task`));
          await this.#write();
        }
        if (run === "now") await this.#apply(signal);
        if (run !== "inspect") return NOTHING;
        return await this.#plan(signal).catch(wrap(`Error updating task '${this.task.name}'. Unable to inspect task`));
      } finally {
        if (run === "inspect") this.#enabled = before;
      }
    });
  }

  async #init(signal: AbortSignal): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o750 });
    const files = rootModule({ task: this.task, variables: this.#variables, backend: this.#options.backend });
    for (const [name, content] of Object.entries(files))
      await writeFile(join(this.#folder, name), content, { mode: 0o640 });
    if (this.#inputs === null) {
      const inputs = new Inputs(this.task, this.#options.consul, this.#options.onTrigger);
      await inputs.tryOut(signal).catch(wrap("unable to retrieve data from Consul"));
      this.#inputs = inputs;
    }
    await this.#terraform.init(signal).catch(wrap(`error tf-init for '${this.task.name}'`));
    await this.#terraform.validate(signal);
  }

  #write(): Promise<boolean> {
    if (this.#inputs === null) throw new Error(`${this.task.name} was not initialised`);
    return this.#inputs.write(join(this.#folder, "terraform.tfvars"));
  }

  #plan(signal: AbortSignal): Promise<Plan> {
    return this.#terraform.plan(signal).catch(wrap(`error tf-plan for '${this.task.name}'`));
  }

  #apply(signal: AbortSignal): Promise<void> {
    return this.#terraform.apply(signal).catch(wrap(`error tf-apply for '${this.task.name}'`));
  }

  /** Nothing is watched any more. What was applied stays, and so do the files. */
  [Symbol.dispose](): void {
    this.#inputs?.[Symbol.dispose]();
  }
}

function variablesOf({ name, variables }: Task): Record<string, HclValue> {
  try {
    return readVariables(variables);
  } catch (error) {
    if (error instanceof HclError)
      throw new Error(`error initializing task ${name}: ${error.message}`, { cause: error });
    throw error;
  }
}

function wrap(what: string): (error: unknown) => never {
  return (cause) => {
    throw new Error(`${what}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  };
}
