import { askLab, requireRunningLab } from "../control-client.ts";
import { labStatusSchema } from "../status.ts";
import { terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

const ROTATE_MS = 30_000;

export const rotateRoot: Command = {
  name: "rotate-root",
  summary: "Give the mesh a new root while everything goes on (--connect)",
  options: dirOption,
  async run(input) {
    const state = await requireRunningLab(await chosenFolder(input));
    using progress = terminalProgress();
    progress.begin("Having Connect make a new root");
    await askLab(state, { method: "POST", path: "/rotate-root" }, ROTATE_MS);
    const { mesh } = labStatusSchema.parse(await askLab(state, { method: "GET", path: "/status" }));
    const roots = mesh?.ca.roots ?? [];
    const lines = roots.map(
      ({ id, name, active }) => `  ${id}  ${name}, ${active ? "signs from now on" : "still trusted"}`,
    );
    process.stdout.write(
      `The mesh has a new root, and trusts both:\n${lines.join("\n")}\nThe sidecars get leaves of it within half a minute: npm run lab -- status\n`,
    );
    return 0;
  },
};
