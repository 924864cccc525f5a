import { once } from "node:events";
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseNames } from "../../lab/cases/report.ts";
import { steps } from "../../lab/demo/steps.ts";
import { tellSteps, tellStory } from "../../lab/demo/story.ts";
import { buttonOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { type Lab, startLab } from "../../lab/lab.ts";
import type { LabStatus } from "../../lab/status.ts";
import { shakeHands } from "../../lab/visit.ts";
import { benTypes } from "../support/ben-types.ts";
import { childOf, pidOf } from "../support/child-of.ts";
import { labCommand, labFolder } from "../support/lab-process.ts";
import { startOwnLab } from "../support/own-lab.ts";

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab();
});
afterAll(() => lab[Symbol.asyncDispose]());

const say = () => {};
const soon = () => AbortSignal.timeout(30_000);

function named(...names: string[]) {
  return steps.filter(({ name }) => names.includes(name));
}

/** A request that a sabotaged story left undecided would stand in the way of the next one. */
async function denyWhatIsOpen(): Promise<void> {
  const workspace = new Workspace(lab.state);
  const open = async () =>
    (await workspace.seenBy("ben")).filter((message) => buttonOf(message, "deny_request") !== null);
  for (const message of await open()) await workspace.deny("ben", message, "left over");
  await eventually("no request to be open", async () => ((await open()).length === 0 ? true : null), soon(), 200);
}

/** Plays steps with the last of them sabotaged by children that stand still, and lets them go on afterwards. */
async function withPaused(names: string[], children: string[]): Promise<void> {
  const last = names.at(-1) ?? "";
  const paused = children.map((name) => childOf(lab, name));
  try {
    await tellSteps(lab, named(...names), {
      say,
      before: { [last]: async () => paused.forEach((one) => one.pause()) },
      patience: { [last]: 0.2 },
    });
  } finally {
    for (const one of paused) one.resume();
    await denyWhatIsOpen();
    const well = ({ ready, bot }: LabStatus) => ready && bot.renewals === 0 && bot.frozen.length === 0;
    const again = async () => (well(await lab.control.status()) ? true : null);
    await eventually("the lab to be well again", again, soon(), 200);
  }
}

test("the steps are those of the story, each with a name of its own", () => {
  const names = steps.map(({ name }) => name);
  expect(names).toEqual([
    ...["hello", "expiring", "request", "self-approval", "outsider", "approve", "prove", "renewal"],
    ...caseNames.map((name) => `case ${name}`),
  ]);
});

describe("a step that is sabotaged is named", () => {
  const paused: [steps: string[], children: string[], message: RegExp][] = [
    [["hello"], ["a-1"], /^step "hello" failed: /],
    [["expiring"], ["bot"], /^step "expiring" failed: nothing about a-1, a-2, b-1, b-2 in the answer/],
    [["request", "self-approval"], ["bot"], /^step "self-approval" failed: Waited in vain for a refusal/],
    [["request", "outsider"], ["slack"], /^step "outsider" failed: /],
    [["request", "approve"], ["agent b-2"], /^step "approve" failed: Waited in vain for the receipt/],
    [["renewal"], ["a-2"], /^step "renewal" failed: /],
    [["renewal"], ["b-2"], /^step "renewal" failed: /],
  ];
  test.for(paused)("%j while %j stands still", { timeout: 90_000 }, async ([names, children, message]) => {
    await expect(withPaused(names, children)).rejects.toMatchObject({
      code: "DEMO_FAILED",
      message: expect.stringMatching(message),
    });
  });

  test("request, while service-b is frozen", { timeout: 60_000 }, async () => {
    await benTypes(lab, "/cert freeze service-b nothing is to change now");
    const telling = tellSteps(lab, named("request"), { say, patience: { request: 0.2 } });
    await expect(telling).rejects.toMatchObject({
      message: expect.stringMatching(/^step "request" failed: No plan came of it: [^]*service-b is frozen by/),
    });
    await benTypes(lab, "/cert thaw service-b");
    await eventually(
      "the thaw",
      async () => ((await lab.control.status()).bot.frozen.length === 0 ? true : null),
      soon(),
    );
  });

  test("prove, when another rotation came after the receipt", { timeout: 60_000 }, async () => {
    const all = lab.state.instances.filter(({ service }) => service === "service-b");
    const serials = () => Promise.all(all.map(async (one) => (await shakeHands(one, lab.state.files.root)).serial));
    const rotated = async () => {
      const before = await serials();
      await lab.control.rotate("service-b");
      const after = async () => ((await serials()).some((serial) => before.includes(serial)) ? null : true);
      await eventually("the rotation", after, soon());
    };
    const telling = tellSteps(lab, named("request", "approve", "prove"), { say, before: { prove: rotated } });
    await expect(telling).rejects.toMatchObject({
      message: expect.stringMatching(/^step "prove" failed: b-1 serves generation r-\w+, not r-\w+/),
    });
  });

  test.for(caseNames)("case %s, when the bot cannot be asked to hold still", { timeout: 60_000 }, async (name) => {
    await expect(withPaused([`case ${name}`], ["bot"])).rejects.toMatchObject({
      message: `step "case ${name}" failed: The bot does not answer.`,
    });
  });

  test("a case that shows something else than it should", { timeout: 90_000 }, async () => {
    await expect(withPaused(["case expired-a"], ["b-1"])).rejects.toMatchObject({
      message: 'step "case expired-a" failed: b-1 does not answer.',
    });
  });

  test("up, by the command itself, which exits with 1", async () => {
    const { code, stdout, stderr } = await labCommand(["demo", "--vault", "/bin/false"]);
    expect(code).toBe(1);
    expect(stderr).toContain('step "up" failed: /bin/false is neither OpenBao nor Vault.');
    expect(stdout).not.toContain("✓");
  });

  test("down, when something of the lab is left", { timeout: 90_000 }, async () => {
    await using other = await labFolder();
    await using thief = createServer();
    const stealPort = async (one: Lab) => {
      const pid = pidOf(one, "traffic");
      process.kill(pid, "SIGKILL");
      const listen = async () => {
        thief.listen(one.state.traffic.adminPort, "127.0.0.1");
        await once(thief, "listening");
        return true;
      };
      await eventually("the port of what was killed", listen, soon(), 5);
    };
    const open = () => startLab({ dir: other.dir, ports: "free" });
    await expect(tellStory(open, () => named("hello"), { say, before: { down: stealPort } })).rejects.toMatchObject({
      message: expect.stringMatching(/^step "down" failed: Port \d+, wanted for the traffic's admin, is taken by/),
    });
  });
});
