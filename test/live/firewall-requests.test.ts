import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { APPROVE, buttonOf, type Message, people, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { askSocket } from "../../lab/unix-http.ts";
import { visit } from "../../lab/visit.ts";
import { childOf, pidOf } from "../support/child-of.ts";
import { ctsOf, missingFirewall, onHost } from "../support/firewall-lab.ts";
import { killBot, playInLab } from "../support/lab-plays.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { randomBy } from "../support/random.ts";
import { run } from "../support/run.ts";

const UP_MS = 120_000;
const ACT_MS = 60_000;
// CERTOPS_SEED=<number> plays one again, CERTOPS_INTERLEAVINGS=<count> that many.
const seed = Number(process.env["CERTOPS_SEED"] ?? Date.now() % 1_000_000);
const plays = Number(process.env["CERTOPS_INTERLEAVINGS"] ?? 1);

let lab: Lab;
let workspace: Workspace;

beforeAll(async () => {
  if (missingFirewall !== null) return;
  lab = await startOwnLab({ firewall: true });
  workspace = new Workspace(lab.state);
  const isReady = async () => {
    const { body } = await askSocket(lab.state.files.botSocket, { method: "GET", path: "/v1/status" }, 5_000);
    return z.object({ ready: z.literal(true) }).safeParse(body).success || null;
  };
  await eventually("the bot to be in Slack", isReady, AbortSignal.timeout(UP_MS), 200);
}, UP_MS);

afterAll(() => lab?.[Symbol.asyncDispose]());

beforeEach((context) => {
  if (missingFirewall !== null) context.skip(missingFirewall);
});

/** What `certops firewall …` answers an operator. */
async function certops(line: string, command: "firewall" | "cert" = "firewall"): Promise<string> {
  const body = { args: line.split(" "), user: "operator:test" };
  const asked = { method: "POST", path: `/v1/${command}`, body } as const;
  const answer = await askSocket(lab.state.files.botSocket, asked, ACT_MS);
  return z.object({ text: z.string() }).parse(answer.body).text;
}

const textOf = (message: Message) => wordsOf(message).join("\n");

/** The latest message that ben sees and that says so. */
function says(words: RegExp, who: "ana" | "ben" = "ben"): Promise<Message> {
  const find = async () => (await workspace.seenBy(who)).findLast((one) => words.test(textOf(one))) ?? null;
  return eventually(`a message that says ${words}`, find, AbortSignal.timeout(ACT_MS), 100);
}

/** ana asks in one line, ben approves, and packets show it. */
async function open(line: string, done: RegExp): Promise<string> {
  const plan = await workspace.planFor(`/firewall request ${line}`);
  await workspace.click("ben", plan, APPROVE);
  return textOf(await says(done));
}

const callOfA = async () => {
  const a = lab.state.firewall?.services.find(({ instance }) => instance === "a-app");
  return a === undefined ? "" : visit(a, "/w-mtls", lab.state.files.root);
};

describe("a firewall change in the lab", { timeout: 2 * ACT_MS }, () => {
  test("is asked for in one line, approved, applied by CTS, and shown by packets; the service's own call is green", async () => {
    expect(await callOfA()).toContain("Outcome: not reached");
    const receipt = await open("service-a service-b tcp/8443 90d the nightly export ticket=OPS-1", /tcp\/8443 is open/);
    expect(receipt).toContain("✅ application to 10.81.3.2:8443: was closed, is open");
    expect(receipt).toContain("✅ elsewhere, outside to 10.81.3.2:8443: still closed");
    expect(receipt).toContain("✅ beside it, application to 10.81.3.2:8444: still closed");
    expect(receipt).toMatch(/✅ the rule's counter: 0 → [1-9]\d* packets/);
    await eventually(
      "the call of service-a to be answered",
      async () => (await callOfA()).includes("Outcome: answered") || null,
      AbortSignal.timeout(ACT_MS),
      500,
    );
  });

  test("what passes is listed, checked by a packet, and not asked for twice", async () => {
    const list = await certops("list");
    expect(list).toMatch(/^f-[a-z2-7]{8} {2}tcp from service-a to service-b port 8443 {2}ends in 89 d 23 h/);
    expect(await certops("check service-a service-b tcp/8443")).toContain(
      "just now, from application to 10.81.3.2:8443: open",
    );
    expect(await certops("check outside service-b tcp/8443")).toContain("may not pass: no rule in force");
    expect(await certops("request service-a service-b tcp/8443 once more")).toMatch(
      /^f-[a-z2-7]{8} allows exactly this already: tcp 10\.81\.2\.2 → 10\.81\.3\.2 port 8443 goes through/,
    );
    const [id = ""] = /^f-[a-z2-7]{8}/.exec(list) ?? [];
    expect(await certops(`show ${id}`)).toMatch(/the router holds it, [1-9]\d* packets let through/);
    expect(await certops(`trace ${id}`, "cert")).toContain(
      "packets  from application to 10.81.3.2:8443: open, as wanted",
    );
  });

  test("is removed, and a connection that was open ends with it", async () => {
    const [id = ""] = /^f-[a-z2-7]{8}/.exec(await certops("list")) ?? [];
    const plan = await workspace.planFor(`/firewall remove ${id} moved away`);
    await workspace.click("ben", plan, APPROVE);
    const receipt = textOf(await says(/tcp\/8443 is closed/));
    expect(receipt).toContain("✅ application to 10.81.3.2:8443: was open, is closed");
    expect(receipt).toMatch(/✅ a connection held open from application to 10\.81\.3\.2:8443 has ended/);
    expect(await certops("list")).toContain("nothing passes");
    expect(await certops("history")).toMatch(/close {4}applied[\s\S]*open {5}applied/);
  });

  test("for good takes two approvers, and is tried from the zone that it is for", async () => {
    const plan = await workspace.planFor("/firewall request database service-a tcp/7443 forever the ledger is pushed");
    await workspace.click("ben", plan, APPROVE);
    const half = await says(/Approved by @ben; one more has to/);
    expect(await certops("list")).toContain("waits for a decision");
    await workspace.click("chen", half, APPROVE);
    const receipt = textOf(await says(/10\.81\.3\.0\/24 → service-a tcp\/7443 is open/));
    expect(receipt).toContain("ends never");
    expect(receipt).toContain("✅ database to 10.81.2.2:7443: was closed, is open");
    const [id = ""] = /^f-[a-z2-7]{8}/.exec(await certops("list")) ?? [];
    expect(await certops(`show ${id}`)).toContain(`approved by ${people.ben}, ${people.chen}`);
    await workspace.click("ben", await workspace.planFor(`/firewall remove ${id} not needed`), APPROVE);
    await says(/10\.81\.3\.0\/24 → service-a tcp\/7443 is closed/);
  });

  test("a host that the firewall hides from certops is asked for by the button in the answer, and then seen", async () => {
    const hidden = async () => {
      await workspace.type("ana", "/cert host 10.81.3.2");
      const seen = (await workspace.seenBy("ana")).at(-1);
      return seen && buttonOf(seen, "firewall_request_access_1") === null ? null : (seen ?? null);
    };
    const answer = await eventually("an answer with the button", hidden, AbortSignal.timeout(ACT_MS), 1_000);
    await workspace.click("ana", answer, "firewall_request_access_1");
    const plan = await says(/Open 10\.81\.1\.2 → 10\.81\.3\.2 tcp\/8443\?/);
    await workspace.click("ben", plan, APPROVE);
    expect(textOf(await says(/10\.81\.1\.2 → 10\.81\.3\.2 tcp\/8443 is open/))).toContain(
      "still closed in 4 other places",
    );
    const isSeen = async () => (await certops("host 10.81.3.2", "cert")).includes("ok  service-b.example.com") || null;
    await eventually("its certificate to be seen", isSeen, AbortSignal.timeout(ACT_MS), 500);
    expect(await certops("check outside 10.81.3.2 tcp/8443")).toContain("may not pass");
  });

  test("a table flushed behind its back is told with a button, also though bot/main.ts is killed at that moment, and who may approve has it put back", async () => {
    const list = await certops("list");
    const [id = ""] = /^f-[a-z2-7]{8}/.exec(list) ?? [];
    await onHost(lab.state, "router", ["nft", "flush", "table", "inet", "certops"]);
    await killBot(lab);
    const alarm = await says(/The router's rules were changed behind certops' back/);
    expect(textOf(alarm)).toContain(`It no longer holds ${id}`);
    expect(await certops(`show ${id}`)).toContain("the router does not hold it");
    await workspace.click("ana", alarm, "firewall_reapply");
    expect(textOf(await says(/not-approver/, "ana"))).toContain("You may not have the firewall's rules applied again");
    await workspace.click("ben", alarm, "firewall_reapply");
    await says(/The approved rules are in force again/);
    expect(await certops(`show ${id}`)).toContain("the router holds it");
    await says(/The router enforces the approved rules again/);
  });

  test("is extended by approval, and nothing changes on the wire", async () => {
    const [id = ""] = /^f-[a-z2-7]{8}/.exec(await certops("list")) ?? [];
    await workspace.click("ben", await workspace.planFor(`/firewall extend ${id} 30d still needed`), APPROVE);
    expect(textOf(await says(/stays open/))).toContain("Nothing changes on the wire; it ends later.");
    expect(await certops("list")).toContain("ends in 36 d 23 h");
  });

  test("is in the hands of a task that is posted again, disabled, once CTS was started again with a new certificate", async () => {
    const before = pidOf(lab, "cts");
    process.kill(pidOf(lab, "agent firewall"), "SIGKILL");
    const posted = async () => {
      if (childOf(lab, "cts").pid === before) return null;
      const { status, body } = await ctsOf(lab.state).call("GET", "/v1/tasks/firewall");
      return status === 200 ? body : null;
    };
    expect(await eventually("CTS to have its task again", posted, AbortSignal.timeout(ACT_MS), 200)).toMatchObject({
      task: { name: "firewall", enabled: false },
    });
  });

  test("is signed by a key that stands in one file of the bot's, and nowhere else of all that the lab writes", async () => {
    const { dir } = lab.state;
    const file = join(dir, "bot", "firewall-signing-key.pem");
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const [, line = ""] = (await readFile(file, "utf8")).split("\n");
    expect(line).toHaveLength(64);
    const { output } = await run([
      "grep",
      "--recursive",
      "--no-messages",
      "--files-with-matches",
      "--fixed-strings",
      line,
      dir,
    ]);
    expect(output.trim()).toBe(file);
  });

  test("comes to its end though bot/main.ts is killed again and again, and nothing is ever open that was not approved", async () => {
    for (let played = 0; played < plays; played += 1) {
      const mine = (seed + played) % 1_000_000;
      const play = await playInLab(lab, randomBy(mine), 9_000 + 3 * played).catch((cause: unknown) => {
        throw new Error(`CERTOPS_SEED=${mine}: ${String(cause)}`, { cause });
      });
      expect({ mine, enforced: play.enforced }).toEqual({ mine, enforced: play.approved });
      for (const id of play.denied) expect(play.seen, `CERTOPS_SEED=${mine}`).not.toContain(id);
    }
    console.log(`${plays} plays with bot/main.ts from seed ${seed}`);
  }, 86_400_000);
});
