import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { eventually } from "../eventually.ts";
import { visit } from "../visit.ts";
import { onHost } from "./on-host.ts";
import { require, tell } from "./say.ts";
import type { Scene, Step } from "./story.ts";
import { APPROVE, buttonOf, type Message, REAPPLY, wordsOf } from "./workspace.ts";

/** CTS plans with Terraform, which takes its time to begin. */
const PLAN_MS = 15_000;
const RECEIPT_MS = 60_000;
/** The bot looks at the router every five seconds, and waits twelve for its reader. */
const NOTICE_MS = 15_000;

const WISH = "service-a service-b tcp/8443 90d the ledger is read at night ticket=NET-42";

/** Not of keys in Consul, which has the same button. */
export const tellsOfDrift = (one: Message) =>
  buttonOf(one, REAPPLY) !== null && wordsOf(one).some((words) => words.includes("The router's rules were changed"));

const closed: Step = {
  name: "firewall closed",
  title: "Between the zones every packet is dropped: service-a's call to service-b comes to nothing",
  async play({ lab, say }) {
    tell(say, lines(await failedCall(lab)));
  },
};

const request: Step = {
  name: "firewall request",
  title: `ana types /firewall request ${WISH}`,
  async play(scene) {
    const { lab, workspace, say } = scene;
    const before = await keysIn(lab);
    const message = await workspace.planFor(`/firewall request ${WISH}`, PLAN_MS);
    scene.request = { id: buttonOf(message, APPROVE) ?? "", message };
    const words = wordsOf(message);
    tell(say, words);
    requireWords(words, "What Terraform would change", "The port just now", "closed");
    requireSame(before, await keysIn(lab), "the plan was only to be learnt, and Consul holds");
    await failedCall(lab);
  },
};

const approve: Step = {
  name: "firewall approve",
  title: "ben approves: CTS applies exactly that, and packets prove it",
  async play(scene) {
    const { workspace, say, request: asked } = scene;
    if (asked === null) throw new Error("nothing was asked for");
    await workspace.click("ben", asked.message, APPROVE);
    const words = await endOf(scene, asked.message, "is open");
    tell(say, words);
    requireWords(words, "open from the source", "still closed in", "the rule's counter moved");
  },
};

const open: Step = {
  name: "firewall open",
  title: "service-a's own call goes through, and the rule counts it",
  async play({ lab, say }) {
    const page = await callOfA(lab);
    require(page.includes("Outcome: answered"), `the call came to: ${page}`);
    tell(say, lines(page));
    const { id, packets, bytes } = await ruleIn(lab);
    require(packets > 0, `the rule ${id} has counted nothing`);
    say(`  rule ${id}  ${packets} packets, ${bytes} bytes`);
  },
};

const deny: Step = {
  name: "firewall deny",
  title: "ana asks that an outsider may reach service-a, ben denies: everything is as before",
  async play(scene) {
    const { lab, workspace, say } = scene;
    const before = await keysIn(lab);
    const asked = await workspace.planFor(
      "/firewall request 10.81.4.2 service-a tcp/7443 30d a partner wants to look",
      PLAN_MS,
    );
    tell(say, wordsOf(asked));
    await workspace.deny("ben", asked, "an outsider has no business there");
    tell(say, await endOf(scene, asked, "stays closed"));
    requireSame(before, await keysIn(lab), "it was denied, and Consul holds");
    require((await callOfA(lab)).includes("Outcome: answered"), "what is in force no longer goes through");
  },
};

const drift: Step = {
  name: "firewall drift",
  title: "Somebody flushes the router's rules behind the bot's back: it notices, and one click applies them again",
  async play(scene) {
    const { lab, workspace, say } = scene;
    const flush = async () => {
      await onHost(lab.state, "router", ["nft", "flush", "chain", "inet", "certops", "flows"]);
      await failedCall(lab);
    };
    const notice = await workspace.answerTo("ben", "the notice with its button", flush, tellsOfDrift, NOTICE_MS);
    tell(say, wordsOf(notice));
    const click = () => workspace.click("ben", notice, REAPPLY);
    const work = (one: Message) => !one.ephemeral && titleOf(one).includes("approved rules");
    const begun = await workspace.answerTo("ben", "the work on it", click, work);
    tell(say, await endOf(scene, begun, "in force again"));
    require((await callOfA(lab)).includes("Outcome: answered"), "service-a's call does not go through again");
  },
};

const remove: Step = {
  name: "firewall remove",
  title: "ana asks for its removal, ben approves: a connection that was open ends as well",
  async play(scene) {
    const { lab, workspace, say } = scene;
    const { id } = await ruleIn(lab);
    const asked = await workspace.planFor(`/firewall remove ${id} the ledger has moved`, PLAN_MS);
    await workspace.click("ben", asked, APPROVE);
    const words = await endOf(scene, asked, "is closed");
    tell(say, words);
    requireWords(words, "a connection held open", "has ended");
    tell(say, lines(await failedCall(lab)));
  },
};

/** What is told where there is a firewall. */
export const firewallSteps: Step[] = [closed, request, approve, open, deny, drift, remove];

/** The page on which service-a tells what came of a call to service-b through the router. */
function callOfA({ state }: Scene["lab"]): Promise<string> {
  const caller = state.firewall?.services.find(({ service }) => service === "service-a");
  if (caller === undefined) throw new Error("service-a stands behind no firewall");
  return visit(caller, "/w-mtls", state.files.root);
}

/** The same, where no answer may come. */
async function failedCall(lab: Scene["lab"]): Promise<string> {
  const page = await callOfA(lab);
  require(page.includes("UND_ERR_CONNECT_TIMEOUT"), `the call came to: ${page}`);
  return page;
}

/** Waits for the request's message to become that, and gives its words; ends at once when it becomes something else. */
async function endOf({ workspace }: Scene, { ts }: Message, title: string): Promise<string[]> {
  const ended = async () => {
    const now = (await workspace.seenBy("ben")).find((one) => one.ts === ts);
    const isOver = now !== undefined && !/^(🧱 .*\?|⏳)/.test(titleOf(now));
    return isOver ? wordsOf(now) : null;
  };
  const words = await eventually("the receipt", ended, workspace.deadline(RECEIPT_MS), 200);
  require(words[0]?.includes(title) === true && !/^(↩️|❌|🚫)/.test(words[0]), words.join(" "));
  return words;
}

const titleOf = (message: Message) => wordsOf(message)[0] ?? "";

/** The only rule that the router counts by. */
async function ruleIn({ control }: Scene["lab"]): Promise<{ id: string; packets: number; bytes: number }> {
  const { firewall } = await control.status();
  const counted = Object.entries(firewall?.router.counters ?? {}).filter(([name]) => name.startsWith("rule-"));
  const [only, ...others] = counted;
  if (only === undefined || others.length > 0) throw new Error(`the router counts by ${counted.length} rules`);
  const [name, counter] = only;
  return { id: name.slice("rule-".length), ...counter };
}

const pairs = z.array(z.object({ Key: z.string(), Value: z.string() })).nullable();

/** What stands under firewall/ in Consul, by key, for CTS to apply. */
async function keysIn({ consul }: Scene["lab"]): Promise<Record<string, string>> {
  const found = pairs.parse((await consul?.ask("GET", "/v1/kv/firewall/?recurse")) ?? null) ?? [];
  return Object.fromEntries(found.map(({ Key, Value }) => [Key, Value]));
}

function requireSame(before: Record<string, string>, after: Record<string, string>, otherwise: string): void {
  const other = Object.keys({ ...before, ...after }).filter((key) => before[key] !== after[key]);
  require(isDeepStrictEqual(before, after), `${otherwise} other values of ${other.join(", ")}`);
}

function requireWords(words: string[], ...wanted: string[]): void {
  const missing = wanted.filter((one) => !words.join("\n").includes(one));
  require(missing.length === 0, `nothing of "${missing.join('", "')}" in: ${words.join(" ")}`);
}

const lines = (page: string) => page.split("\n");
