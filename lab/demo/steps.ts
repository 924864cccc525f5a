import { caseNames, type CaseName } from "../cases/report.ts";
import { listCases } from "../cases/scripts.ts";
import { eventually } from "../eventually.ts";
import { health } from "../instances.ts";
import type { LabInstance, Profile } from "../state.ts";
import { shakeHands, visit } from "../visit.ts";
import { firewallSteps } from "./firewall-steps.ts";
import { meshSteps } from "./mesh-steps.ts";
import { require, tell } from "./say.ts";
import type { Scene, Step } from "./story.ts";
import { APPROVE, buttonOf, type Person, wordsOf } from "./workspace.ts";

/** Longer than a renewal is given to be served: what became of it is told in any case. */
const RECEIPT_MS = 45_000;
const COUNTDOWN_MS = 15_000;

const hello: Step = {
  name: "hello",
  title: "service-a says who it is, and calls service-b by mutual TLS",
  async play({ lab, say }) {
    const [a] = instancesOf(lab.state.instances, "service-a");
    const greeting = await visit(a, "/", lab.state.files.root);
    require(greeting.includes('Hello from "service-a"'), `service-a answered ${greeting}`);
    const outcome = await visit(a, "/w-mtls", lab.state.files.root);
    require(outcome.includes('Hello from "service-b"'), `the call to service-b came to: ${outcome}`);
    tell(say, [greeting, ...outcome.split("\n")]);
  },
};

const expiring: Step = {
  name: "expiring",
  title: "ana types /cert expiring 30d",
  async play({ lab, workspace, say }) {
    const type = () => workspace.type("ana", "/cert expiring 30d");
    const answer = await workspace.answerTo("ana", "the bot's answer", type, ({ ephemeral }) => ephemeral);
    const words = wordsOf(answer);
    const missing = lab.state.instances.filter(({ instance }) => !words.join(" ").includes(`/${instance}`));
    const lacking = missing.map(({ instance }) => instance).join(", ");
    require(missing.length === 0, `nothing about ${lacking} in the answer: ${words.join(" ")}`);
    tell(say, words);
  },
};

const request: Step = {
  name: "request",
  title: "ana types /cert renew service-b",
  async play(scene) {
    const { lab, workspace, say } = scene;
    for (const instance of instancesOf(lab.state.instances, "service-b")) {
      scene.before.set(instance.instance, (await shakeHands(instance, lab.state.files.root)).serial);
    }
    const message = await workspace.planFor("/cert renew service-b its key may have leaked");
    scene.request = { id: buttonOf(message, APPROVE) ?? "", message };
    tell(say, wordsOf(message));
  },
};

const approve: Step = {
  name: "approve",
  title: "ben approves: one generation is written, and the message becomes the receipt",
  async play({ workspace, say, request: asked }) {
    const { message } = required(asked);
    await workspace.click("ben", message, APPROVE);
    let seen = message;
    const receipt = await eventually(
      "the receipt that says every instance serves the new certificate",
      async () => {
        seen = (await workspace.seenBy("ben")).find(({ ts }) => ts === message.ts) ?? seen;
        return seen.text.includes("Every instance serves") ? seen : null;
      },
      workspace.deadline(RECEIPT_MS),
      200,
    ).catch((error: unknown) => {
      tell(say, wordsOf(seen));
      throw error;
    });
    message.text = receipt.text;
    message.blocks = receipt.blocks;
    tell(say, wordsOf(receipt));
  },
};

const prove: Step = {
  name: "prove",
  title: "Our own handshakes agree with the receipt",
  async play({ lab, say, request: asked, before }) {
    const { id, message } = required(asked);
    const receipt = wordsOf(message).join("\n");
    for (const instance of instancesOf(lab.state.instances, "service-b")) {
      const { serial, generation } = await shakeHands(instance, lab.state.files.root);
      const old = before.get(instance.instance) ?? "";
      say(`  ${instance.instance}  ${old} → ${serial}  generation ${generation}`);
      require(generation === id, `${instance.instance} serves generation ${generation}, not ${id}`);
      require(serial !== old, `${instance.instance} still serves ${old}`);
      for (const told of [old, serial]) require(tellsOf(receipt, told), `the receipt does not tell of ${told}`);
    }
  },
};

const renewal: Step = {
  name: "renewal",
  title: "The two-minute leaves of both services renew by themselves, with nobody asking",
  async play({ lab, say }) {
    const { instances } = lab.state;
    const first = await Promise.all(instances.map(served));
    const deadline = Math.max(...first.map(({ notAfter }) => notAfter));
    const left = () => `${Math.round((deadline - Date.now()) / 1_000)} s`;
    say(`  ${instances.map(({ instance }) => instance).join(", ")} expire within ${left()}`);
    const countdown = setInterval(() => say(`  ${left()} left`), COUNTDOWN_MS);
    try {
      for (const [index, instance] of instances.entries()) {
        const renewed = async () =>
          (await served(instance)).serial === first[index]?.serial ? null : served(instance);
        const now = await untilOrProblem(instance, renewed, deadline);
        require(now.generation === first[index]?.generation, `${instance.instance} changed its generation too`);
        say(`  ${instance.instance}  ${first[index]?.serial} → ${now.serial}, generation still ${now.generation}`);
      }
    } finally {
      clearInterval(countdown);
    }
  },
};

function refused(name: string, person: Person, reason: string, title: string): Step {
  return {
    name,
    title,
    async play({ workspace, say, request: asked }) {
      const { message } = required(asked);
      const click = () => workspace.click(person, message, APPROVE);
      const told = await workspace.answerTo(person, "a refusal", click, (one) => {
        return one.ephemeral && wordsOf(one).join("\n").includes(reason);
      });
      const others = await workspace.seenBy("ben");
      require(!others.some(({ ts }) => ts === told.ts), "the refusal was shown to everyone");
      const still = others.find(({ ts }) => ts === message.ts);
      require(still !== undefined && buttonOf(still, APPROVE) !== null, "the request was decided all the same");
      tell(say, wordsOf(told));
    },
  };
}

function showCase(name: CaseName, title: string): Step {
  return {
    name: `case ${name}`,
    title,
    async play({ lab, say }) {
      const report = await lab.control.runCase(name);
      tell(say, [...report.clientSaw.split("\n"), report.serverKnew, `Cause: ${report.cause}`, `Fix: ${report.fix}`]);
      require(report.expected, "what was seen is not what this case shows");
      require(report.restored, "the lab was not put right again");
    },
  };
}

const titles = new Map(listCases().map((one) => [one.name, one.title]));

/** Everything between up and down by default. */
export const steps: Step[] = [
  hello,
  expiring,
  request,
  refused("self-approval", "ana", "self-approval", "ana clicks Approve herself: nobody approves what they asked for"),
  refused("outsider", "dana", "not-approver", "dana, who has no role, clicks Approve: she is told so, she alone"),
  approve,
  prove,
  renewal,
  ...caseNames.map((name) => showCase(name, titles.get(name) ?? name)),
];

/** Everything between up and down, in that profile. The firewall's is a story of its own. */
export function stepsOf(profile: readonly Profile[]): Step[] {
  if (profile.includes("firewall")) return firewallSteps;
  return [...steps, ...(profile.includes("connect") ? meshSteps : [])];
}

function instancesOf(all: LabInstance[], service: string): [LabInstance, ...LabInstance[]] {
  const [first, ...rest] = all.filter((one) => one.service === service);
  if (first === undefined) throw new Error(`the lab has no instance of ${service}`);
  return [first, ...rest];
}

async function served(instance: LabInstance) {
  const { identity, problem } = await health(instance);
  if (identity === null) throw new Error(`${instance.instance} serves nothing: ${problem}`);
  return identity;
}

/** Ends at once when the instance stops answering, and at the deadline when it merely goes on as before. */
async function untilOrProblem<T>(instance: LabInstance, ask: () => Promise<T | null>, deadline: number): Promise<T> {
  const outcome = await eventually(
    `${instance.instance} to renew`,
    () =>
      ask().then(
        (answer) => (answer === null ? null : { answer }),
        (error: unknown) => ({ error }),
      ),
    AbortSignal.timeout(Math.max(0, deadline - Date.now())),
    250,
  );
  if ("error" in outcome) throw outcome.error;
  return outcome.answer;
}

/** Receipts shorten serials to their first four bytes and their last two. */
function tellsOf(receipt: string, serial: string): boolean {
  return receipt.includes(`${serial.slice(0, 11)}…${serial.slice(-5)}`) || receipt.includes(serial);
}

function required(asked: Scene["request"]): NonNullable<Scene["request"]> {
  if (asked === null) throw new Error("no renewal was asked for");
  return asked;
}
