import { readdir, readFile } from "node:fs/promises";
import { eventually } from "../../lab/eventually.ts";
import type { Child } from "../../lab/supervise.ts";

/** Pauses it, and resolves when it runs no more: its threads stop one by one, and a quick one may still answer. */
export async function paused(child: Pick<Child, "pid" | "pause">): Promise<void> {
  const tasks = `/proc/${child.pid}/task`;
  child.pause();
  const stopped = async () => {
    const states = (await readdir(tasks)).map(async (id) => {
      const text = await readFile(`${tasks}/${id}/stat`, "utf8");
      return text.slice(text.lastIndexOf(")") + 2)[0];
    });
    return (await Promise.all(states)).every((state) => state === "T") ? true : null;
  };
  await eventually("it to stand still", stopped, AbortSignal.timeout(10_000), 5);
}
