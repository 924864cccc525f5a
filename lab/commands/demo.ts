import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { canonicalFolder } from "../folder.ts";
import type { LabOptions } from "../lab.ts";
import { stopSignal } from "../stop-signal.ts";
import type { Command, CommandInput } from "./command.ts";
import { chosenProfile, profileOptions } from "./profile.ts";

export const demo: Command = {
  name: "demo",
  summary:
    "Play the whole story in the terminal, in a lab of its own, in about four minutes; or the firewall's, in one",
  argument: "firewall",
  options: { ...profileOptions, vault: { type: "string", value: "PATH", summary: "run this bao or vault program" } },
  async run(input) {
    const { vault } = input.values;
    const profile = storyOf(input);
    // Not before it is needed: the short commands shall not wait for all that a lab is made of.
    const { startLab } = await import("../lab.ts");
    const { stepsOf } = await import("../demo/steps.ts");
    const { tellStory } = await import("../demo/story.ts");
    await using parent = await mkdtempDisposable(join(tmpdir(), "certops-demo-"));
    const dir = await canonicalFolder(join(parent.path, "lab"));
    const say = (line: string) => void process.stdout.write(`${line}\n`);
    const signal = stopSignal();
    const open = () =>
      startLab({
        dir,
        ports: "free",
        ...profile,
        signal,
        onProgress: (line) => say(`  ${line}`),
        ...(typeof vault === "string" ? { vaultPath: resolve(vault) } : {}),
      });
    await tellStory(open, stepsOf, { say, signal });
    say(`\nThat is the whole story. Play with it yourself: npm start${profile.firewall ? " -- --firewall" : ""}`);
    return 0;
  },
};

/** What the story is told in; the firewall's may be asked for by its name as well. */
function storyOf(input: CommandInput): Pick<LabOptions, "nomad" | "connect" | "firewall"> {
  const { argument } = input;
  if (argument === undefined) return chosenProfile(input);
  if (argument === "firewall") return { ...chosenProfile(input), firewall: true };
  throw new Problem(
    "UNKNOWN_STORY",
    `There is no story "${argument}".`,
    "There is: firewall; and the whole one, without a word.",
  );
}
