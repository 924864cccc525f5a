import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { enterHost } from "../../lab/demo/on-host.ts";
import { APPROVE, buttonOf, type Message, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { childOf } from "./child-of.ts";
import { onHost } from "./firewall-lab.ts";
import { watchNft } from "./nft-watch.ts";

const WITHIN_MS = 90_000;

/** What came of a play. Ids of requests, a rule's id as often as the router has it. */
interface Played {
  /** For long enough. */
  approved: string[];
  denied: string[];
  enforced: string[];
  /** Whatever was done to the router's tables meanwhile, in nft's words. */
  seen: string;
}

/**
 * Three ports are asked for in the lab's Slack. One is open for some seconds, another for long; the third is decided as it falls. Meanwhile
 * bot/main.ts is killed again and again. Throws where one does not come to the end that was decided for it.
 */
export async function playInLab(lab: Lab, random: () => number, port: number): Promise<Played> {
  const workspace = new Workspace(lab.state);
  const soon = () => AbortSignal.timeout(WITHIN_MS);
  const now = async ({ ts }: Message) => (await workspace.seenBy("ben")).find((one) => one.ts === ts);
  const title = async (message: Message) => wordsOf((await now(message)) ?? message)[0] ?? "";
  await using nft = await watchNft(enterHost(lab.state, "router"));

  const ask = (at: number, valid: string) =>
    workspace.planFor(`/firewall request service-a service-b tcp/${at} ${valid} a play`, WITHIN_MS);

  /** Who clicks while the bot is away clicks again: the buttons are still there. */
  const decided = (message: Message, click: () => Promise<void>) =>
    eventually(
      "the click to count",
      async () => {
        if (buttonOf((await now(message)) ?? message, APPROVE) === null) return true;
        await click().catch(() => {});
        return null;
      },
      soon(),
      1_000,
    );
  const approve = (message: Message) => decided(message, () => workspace.click("ben", message, APPROVE));
  const deny = (message: Message) => decided(message, () => workspace.deny("ben", message, "not today"));

  const end = (message: Message, end: RegExp) =>
    eventually(String(end), async () => end.exec(await title(message)), soon(), 200);

  const brief = await ask(port + 2, "30s");
  await approve(brief);
  await end(brief, /^🔓 .* is open$/u);
  const wanted = await ask(port, "1d");
  const other = await ask(port + 1, "1d");
  const approvesOther = random() < 0.5;
  const underWay = [approve(wanted), approvesOther ? approve(other) : deny(other)];
  for (let kills = 0; kills < 3; kills += 1) {
    await sleep(random() * 2_000);
    await killBot(lab);
  }
  await Promise.all(underWay);
  await end(wanted, /^🔓 .* is open$/u);
  await end(other, approvesOther ? /^🔓 .* is open$/u : /^✋ .* stays closed$/u);
  const closed = new RegExp(`^🔒 .*tcp/${port + 2} is closed$`, "u");
  const closing = async () => (await workspace.seenBy("ben")).find((one) => closed.test(wordsOf(one)[0] ?? "")) ?? null;
  await eventually("the end of what was open for some seconds", closing, soon(), 200);

  const all = [wanted, other, brief].map((message) => buttonOf(message, APPROVE) ?? "");
  const [first = "", second = ""] = all;
  const { output } = await onHost(lab.state, "router", ["nft", "list", "chain", "inet", "certops", "flows"]);
  return {
    approved: approvesOther ? [first, second] : [first],
    denied: approvesOther ? [] : [second],
    enforced: all.flatMap((id) => output.match(new RegExp(id, "g")) ?? []),
    seen: await nft.seen(),
  };
}

/** The lab starts it again. */
export async function killBot(lab: Lab): Promise<void> {
  const bot = childOf(lab, "bot");
  const running = async () => {
    const { pid } = bot;
    // Between its end and its start there is none, or only what is to become one.
    const [, program = ""] = (await readFile(`/proc/${pid}/cmdline`, "utf8")).split("\0");
    return program.endsWith("bot/main.ts") ? pid : null;
  };
  process.kill(await eventually("bot/main.ts to run", running, AbortSignal.timeout(WITHIN_MS)), "SIGKILL");
}
