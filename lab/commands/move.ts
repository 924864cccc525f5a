import { askLab, requireRunningLab } from "../control-client.ts";
import { labStatusSchema } from "../status.ts";
import { terminalProgress } from "../terminal.ts";
import { type Command, chosenFolder, dirOption } from "./command.ts";

const MOVE_MS = 60_000;
/** The one that others call. */
const USUAL = "b-db";

export const move: Command = {
  name: "move",
  argument: "instance",
  summary: "Have an instance behind the firewall serve at another address of its host (--firewall)",
  options: dirOption,
  async run(input) {
    const { argument: instance = USUAL } = input;
    const state = await requireRunningLab(await chosenFolder(input));
    {
      using progress = terminalProgress();
      progress.begin(`Moving ${instance}`);
      await askLab(state, { method: "POST", path: `/move/${encodeURIComponent(instance)}` }, MOVE_MS);
    }
    const { firewall } = labStatusSchema.parse(await askLab(state, { method: "GET", path: "/status" }));
    const moved = firewall?.services.find((one) => one.instance === instance);
    process.stdout.write(`${instance} serves at ${moved?.address}:${moved?.servesAt}, and Consul's catalog says so.\n`);
    return 0;
  },
};
