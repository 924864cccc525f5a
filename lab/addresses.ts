import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { replaceFile } from "./replace-file.ts";
import type { LabState } from "./state.ts";

/** Tells everybody who calls a service where its instances are now: host:port, one a line, replaced at once. */
export async function writeAddresses({ files, instances }: LabState): Promise<void> {
  await Promise.all(
    Object.entries(files.addresses).map(async ([service, file]) => {
      const lines = instances.filter((one) => one.service === service).map(({ host, port }) => `${host}:${port}\n`);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await replaceFile(file, lines.join(""));
    }),
  );
}
