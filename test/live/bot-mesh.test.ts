import { afterAll, beforeAll, expect, test } from "vitest";
import { APPROVE, type Message, type Person, Workspace, wordsOf } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { LabState } from "../../lab/state.ts";
import { labFolder, LabProcess, stateIn, statusIn } from "../support/lab-process.ts";
import { inMesh, pageOf } from "../support/mesh-lab.ts";

// One lab, as a person starts it.

/** How long a denied call may still be answered. */
const DENIED_MS = 2_000;

let folder: Awaited<ReturnType<typeof labFolder>>;
let lab: LabProcess;
let state: LabState;
let slack: Workspace;

beforeAll(async () => {
  folder = await labFolder();
  lab = await LabProcess.up(folder.dir, ["--free-ports", "--connect"]);
  state = await stateIn(folder.dir);
  slack = new Workspace(state);
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const soon = () => AbortSignal.timeout(20_000);
const call = () => pageOf(inMesh({ state }, "a-mesh"));
const words = (message: Message) => wordsOf(message).join("\n");

const typed = (text: string, person: Person = "ana") =>
  slack.answerTo(
    person,
    `the answer to ${text}`,
    () => slack.type(person, text),
    ({ ephemeral }) => ephemeral,
  );

/** ana asks, ben approves: the message of the request, when it has become its receipt. */
async function turned(action: "allow" | "deny"): Promise<Message> {
  const asked = await slack.planFor(`/mesh ${action} service-a service-b a rehearsal`);
  await slack.click("ben", asked, APPROVE);
  const receipt = async () => {
    const now = (await slack.seenBy("ben")).find(({ ts }) => ts === asked.ts);
    return now !== undefined && /after the write|not proven/.test(now.text) ? now : null;
  };
  return eventually("the receipt", receipt, soon());
}

test("`up --connect` brings up the services as processes, and the mesh beside them", async () => {
  expect(await statusIn(folder.dir)).toMatchObject({
    ready: true,
    problems: [],
    profile: ["connect"],
    nomad: null,
    instances: ["a-1", "a-2", "b-1", "b-2"].map((instance) => ({ instance, allocation: null })),
    mesh: { ca: { provider: "vault" }, sidecars: [{ instance: "a-mesh" }, { instance: "b-mesh" }] },
  });
});

test("from a file at first: the call goes through, and why says that nobody's approval is behind it", async () => {
  expect(await call()).toContain("Outcome: answered");
  const why = words(await typed("/mesh why service-a service-b"));
  expect(why).toContain("service-a → service-b is allowed by the intention service-a → service-b (allow)");
  expect(why).toContain("set from a file or by hand: from nomad/intentions/service-b.json, when the mesh was empty");
  expect(why).toContain("The call just now: answered.");
});

test("denied by approval: the real call is refused within 2 s of the write, and the receipt says when", async () => {
  const receipt = await turned("deny");
  expect(receipt.text).toContain("service-a → service-b denied: Consul refuses the call, and it is refused, seen");
  expect(await call()).toContain("Outcome: refused");
  const [, number, unit] = /seen ([\d.]+) (m?s) after the write/.exec(receipt.text) ?? [];
  expect(Number(number) * (unit === "s" ? 1_000 : 1)).toBeLessThanOrEqual(DENIED_MS);
  expect(words(receipt)).toMatch(/before: answered → now: refused \(\d+ looks?\)/);
});

test("why names the intention, who asked for it and who approved it, in /mesh and in /cert", async () => {
  for (const text of ["/mesh why service-a service-b", "/cert why service-a", "/cert why service-b"]) {
    const why = words(await typed(text));
    expect(why).toContain("service-a → service-b is denied by the intention service-a → service-b (deny), set by i-");
    expect(why).toContain("asked by @ana (a rehearsal), approved by @ben");
  }
  expect(words(await typed("/cert why service-a"))).toContain("answers, and accepts us");
});

test("the way back is untouched, and what Consul holds besides is listed", async () => {
  expect(await pageOf(inMesh({ state }, "b-mesh"))).toContain("Outcome: answered");
  const list = words(await typed("/mesh intentions"));
  expect(list).toContain("⛔ service-a → service-b  deny · set by i-");
  expect(list).toContain("✅ service-b → service-a  allow · set from a file or by hand");
});

test("allowed by approval: the call goes through again", async () => {
  const receipt = await turned("allow");
  expect(receipt.text).toContain(
    "service-a → service-b allowed: Consul lets the call through, and it is answered, seen",
  );
  expect(await call()).toContain("Outcome: answered");
});

test("under a freeze of either service nothing is asked for, and after the thaw it is", async () => {
  await typed("/cert freeze service-b an audit", "ben");
  expect(words(await typed("/mesh deny service-a service-b not now"))).toContain(
    "service-b is frozen by @ben: an audit",
  );
  await typed("/cert thaw service-b", "ben");
  expect(words(await typed("/mesh deny service-b service-a later"))).toContain(
    "Asked for service-b → service-a to be denied",
  );
});
