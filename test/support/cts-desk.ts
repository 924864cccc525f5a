import { z } from "zod";
import { eventually } from "../../lab/eventually.ts";
import { type Answer, asked, type Cts, ctsAt, startCts, tlsFromEnvironment } from "./cts.ts";
import { patchTask, type TaskAsked, taskOn } from "./cts-task.ts";
import { type CtsGround, groundThatIs, ownGround } from "./cts-world.ts";

const WAIT_MS = 15_000;

const inspectReply = z.object({ inspect: z.object({ changes_present: z.boolean(), plan: z.string() }) });

interface Status {
  status: string;
  enabled: boolean;
  events?: { success: boolean; error: { message: string } | null }[];
}

/** A CTS that serves, and tasks of a test's own on it. */
export class CtsDesk implements AsyncDisposable {
  readonly ground: CtsGround;
  readonly #cts: Cts;
  readonly #owned: AsyncDisposableStack;

  private constructor(ground: CtsGround, cts: Cts, owned: AsyncDisposableStack) {
    this.ground = ground;
    this.#cts = cts;
    this.#owned = owned;
  }

  /** At the CTS that runs, if one was named; otherwise at one that is started. */
  static async open(): Promise<CtsDesk> {
    await using owned = new AsyncDisposableStack();
    if (asked.address !== null) {
      const cts = ctsAt(asked.address, tlsFromEnvironment());
      return new CtsDesk(owned.use(groundThatIs()), cts, owned.move());
    }
    const ground = owned.use(await ownGround());
    const cts = owned.use(await startCts(ground.file));
    return new CtsDesk(ground, cts, owned.move());
  }

  call(...args: Parameters<Cts["call"]>): Promise<Answer> {
    return this.#cts.call(...args);
  }

  task(asked?: TaskAsked) {
    return taskOn(this.ground, asked);
  }

  /** Posts a task, and gives its name. */
  async posted(asked: TaskAsked = {}, run: "" | "?run=now" = ""): Promise<string> {
    const task = this.task(asked);
    const { status, body } = await this.call("POST", `/v1/tasks${run}`, { task });
    if (status !== 201) throw new Error(`${task.name} was not taken: ${status} ${JSON.stringify(body)}`);
    return task.name;
  }

  patch(name: string, run: "" | "?run=inspect" | "?run=now", enabled?: boolean): Promise<Answer> {
    return patchTask(this, name, run, enabled);
  }

  async inspected(name: string): Promise<z.infer<typeof inspectReply>["inspect"]> {
    const { body } = await this.patch(name, "?run=inspect");
    return inspectReply.parse(body).inspect;
  }

  /** CTS hears of a change in Consul a moment after it was made. */
  async plansUntil(name: string, says: string): Promise<string> {
    const ask = async () => {
      const { plan } = await this.inspected(name);
      return plan.includes(says) ? plan : null;
    };
    return eventually(`a plan with ${says}`, ask, AbortSignal.timeout(WAIT_MS));
  }

  async statusOf(name: string): Promise<Status> {
    const { body } = await this.call("GET", `/v1/status/tasks/${name}?include=events`);
    return (body as Record<string, Status>)[name] as Status;
  }

  /** What the runs of a task have left. */
  ran(name: string): string[] {
    return this.ground.module.ran(name);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned.disposeAsync();
  }
}

/** Awaits what CTS does in its own time. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, async () => ((await holds()) ? true : null), AbortSignal.timeout(WAIT_MS));
}
