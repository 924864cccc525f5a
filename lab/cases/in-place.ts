import { readFile } from "node:fs/promises";
import { type InstanceFiles, filesOf } from "../instance-files.ts";
import { health } from "../instances.ts";
import { replaceFile } from "../replace-file.ts";
import type { LabInstance } from "../state.ts";

/**
 * Puts these in the place of the files that an instance reads and has it read them. On `undo` the old ones come back, unless
 * they were rendered anew meanwhile.
 */
export async function putInPlace(
  instance: LabInstance,
  contents: Partial<Record<keyof InstanceFiles, string>>,
  undo: AsyncDisposableStack,
): Promise<void> {
  const files = filesOf(instance);
  const changes = await Promise.all(
    (["ca", "crl", "identity"] as const).flatMap((kind) => {
      const content = contents[kind];
      const file = files[kind];
      return content === undefined ? [] : readFile(file, "utf8").then((before) => ({ file, before, content }));
    }),
  );
  undo.defer(async () => {
    for (const { file, before, content } of changes) {
      if ((await readFile(file, "utf8")) === content) await replaceFile(file, before);
    }
    // One that does not answer is being started, and reads them then.
    await reload(instance).catch(() => {});
  });
  for (const { file, content } of changes) await replaceFile(file, content);
  await reload(instance);
}

async function reload(instance: LabInstance): Promise<void> {
  process.kill((await health(instance)).pid, "SIGHUP");
}
