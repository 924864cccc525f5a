import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { firewallSteps, tellsOfDrift } from "../../lab/demo/firewall-steps.ts";
import { onHost } from "../../lab/demo/on-host.ts";
import { stepsOf } from "../../lab/demo/steps.ts";
import { tellSteps } from "../../lab/demo/story.ts";
import { REAPPLY, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { health } from "../../lab/instances.ts";
import type { Lab } from "../../lab/lab.ts";
import { benTypes } from "../support/ben-types.ts";
import { childOf } from "../support/child-of.ts";
import { missingFirewall } from "../support/firewall-lab.ts";
import { labCommand } from "../support/lab-process.ts";
import { startOwnLab } from "../support/own-lab.ts";

const STEP_MS = 90_000;

let lab: Lab;

beforeAll(async () => {
  if (missingFirewall !== null) return;
  lab = await startOwnLab({ firewall: true });
}, 120_000);
afterAll(() => lab?.[Symbol.asyncDispose]());

beforeEach((context) => {
  if (missingFirewall !== null) context.skip(missingFirewall);
});

/** Tells these steps, the last of them sabotaged, and gives the message of the failure that ends the telling. */
const telling = (
  names: string[],
  sabotage: () => Promise<void> = async () => {},
  say: (line: string) => void = () => {},
) =>
  tellSteps(
    lab,
    firewallSteps.filter(({ name }) => names.includes(name)),
    // A drift that nobody can see is not told however long it is waited for.
    { say, before: { [names.at(-1) ?? ""]: sabotage }, patience: names.length === 1 ? { "firewall drift": 0.4 } : {} },
  ).then(
    () => "it was told to its end",
    (error: Error) => error.message,
  );

const nft = (...command: string[]) => onHost(lab.state, "router", ["nft", ...command]);

/** What was asked for is decided, worked off and told. */
const settled = () =>
  eventually(
    "nothing to be under way",
    async () => {
      const open = (await new Workspace(lab.state).seenBy("ben")).filter(({ text }) =>
        /^(🧱 .*\?|⏳ \S+ing )/.test(text),
      );
      return open.length === 0 ? true : null;
    },
    AbortSignal.timeout(60_000),
    200,
  );

test("the story of that profile is the firewall's alone, each step with a name of its own", () => {
  const names = stepsOf(["firewall"]).map(({ name }) => name);
  const steps = ["closed", "request", "approve", "open", "deny", "drift", "remove"];
  expect(names).toEqual(steps.map((name) => `firewall ${name}`));
});

describe("the command itself", () => {
  test("demo firewall exits with 1 and names the step", async () => {
    const told = await labCommand(["demo", "firewall", "--vault", "/bin/false"]);
    expect(told).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('step "up" failed: /bin/false is neither OpenBao nor Vault.'),
    });
  });

  test("says which stories there are", async () => {
    const told = await labCommand(["demo", "firewal"]);
    expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no story "firewal".') });
  });
});

// In the order of the story: each leaves the firewall as the next one needs it.
describe("a step that is sabotaged is named", () => {
  test("closed, when the router lets everything through", { timeout: STEP_MS }, async () => {
    const accept = () => nft("add", "rule", "inet", "certops", "flows", "accept");
    expect(await telling(["firewall closed"], async () => void (await accept()))).toMatch(
      /^step "firewall closed" failed: the call came to: [^]*\nOutcome: answered\n/,
    );
    await nft("flush", "chain", "inet", "certops", "flows");
  });

  test("request, while service-b is frozen", { timeout: STEP_MS }, async () => {
    const freeze = async () => void (await benTypes(lab, "/cert freeze service-b nothing is to change now"));
    expect(await telling(["firewall request"], freeze)).toMatch(
      /^step "firewall request" failed: No plan came of it: [^]*service-b is frozen by/,
    );
    await benTypes(lab, "/cert thaw service-b");
  });

  test("approve, when service-b moved since the plan was shown", { timeout: STEP_MS }, async () => {
    const move = async () => {
      await lab.control.moveInstance("b-db");
      const found = async () => {
        const listed = await lab.consul?.ask("GET", "/v1/health/service/service-b?passing");
        return JSON.stringify(listed).includes("10.81.3.3") ? true : null;
      };
      await eventually("the catalog to have it", found, AbortSignal.timeout(30_000));
    };
    expect(await telling(["firewall request", "firewall approve"], move)).toMatch(
      /^step "firewall approve" failed: 🚫 service-a → service-b tcp\/8443 stays closed: void .*10\.81\.3\.3/,
    );
  });

  test("open, while service-b's process stands still", { timeout: STEP_MS }, async () => {
    const serving = lab.state.firewall?.services.find(({ service }) => service === "service-b");
    if (serving === undefined) throw new Error("the lab has no service-b behind its firewall");
    const { pid } = await health(serving);
    const all = ["firewall request", "firewall approve", "firewall open"];
    const failed = await telling(all, async () => void process.kill(pid, "SIGSTOP"));
    process.kill(pid, "SIGCONT");
    expect(failed).toMatch(/^step "firewall open" failed: the call came to: /);
  });

  test("deny, when somebody writes into Consul meanwhile", { timeout: STEP_MS }, async () => {
    const key = "/v1/kv/firewall/rules/f-smuggled";
    let writing: Promise<unknown> = Promise.resolve();
    const smuggle = (line: string) => {
      if (line.includes("Approving it covers")) writing = lab.consul?.ask("PUT", key, {}) ?? writing;
    };
    expect(await telling(["firewall deny"], async () => {}, smuggle)).toBe(
      'step "firewall deny" failed: it was denied, and Consul holds other values of firewall/rules/f-smuggled',
    );
    await writing;
    await lab.consul?.ask("DELETE", key);
  });

  test("drift, while nobody can read the router", { timeout: STEP_MS }, async () => {
    const reader = childOf(lab, "router-reader");
    const failed = await telling(["firewall drift"], async () => reader.pause());
    expect(failed).toBe('step "firewall drift" failed: Waited in vain for the notice with its button.');
    const workspace = new Workspace(lab.state);
    const notice = await workspace.answerTo("ben", "the notice", async () => reader.resume(), tellsOfDrift, 30_000);
    await workspace.click("ben", notice, REAPPLY);
    const again = async () =>
      (await nft("list", "chain", "inet", "certops", "flows")).includes("accept") ? true : null;
    await eventually("the rules to be applied again", again, AbortSignal.timeout(30_000), 200);
    await settled();
  });

  test("remove, when no connection can be held open to see it end", { timeout: STEP_MS }, async () => {
    const prober = childOf(lab, "prober-application");
    const failed = await telling(["firewall remove"], async () => prober.pause());
    prober.resume();
    expect(failed).toMatch(/^step "firewall remove" failed: nothing of "a connection held open", "has ended" in: /);
    await settled();
  });
});
