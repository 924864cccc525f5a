import { type Lab, type LabOptions, startLab } from "../../lab/lab.ts";
import { labFolder } from "./lab-process.ts";

/** A lab at free ports in a folder of its own, which is gone when the lab is. */
export async function startOwnLab(options: Omit<LabOptions, "dir" | "ports"> = {}): Promise<Lab> {
  await using owned = new AsyncDisposableStack();
  const { dir } = owned.use(await labFolder());
  const lab = owned.use(await startLab({ ...options, dir, ports: "free" }));
  const kept = owned.move();
  return { ...lab, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
