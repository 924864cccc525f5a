import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseNames } from "../../lab/cases/report.ts";
import { meshSteps } from "../../lab/demo/mesh-steps.ts";
import { steps, stepsOf } from "../../lab/demo/steps.ts";
import { tellSteps } from "../../lab/demo/story.ts";
import { eventually } from "../../lab/eventually.ts";
import { health } from "../../lab/instances.ts";
import type { Lab } from "../../lab/lab.ts";
import { benTypes } from "../support/ben-types.ts";
import { labCommand } from "../support/lab-process.ts";
import { inMesh, intend, pageOf } from "../support/mesh-lab.ts";
import { missingCurl } from "../support/missing.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { shownByCase } from "../support/shown-by-case.ts";

// The cases and the story where Nomad runs the mesh: one lab for both, which each leaves as it was.

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab({ nomad: true, connect: "vault" });
}, 120_000);
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(30_000);

const TO_THE_END = "it was told to its end";

/** Tells that step alone, and gives the message of the failure that ends the telling. */
const telling = (name: string, patience = 0.2) =>
  tellSteps(
    lab,
    meshSteps.filter((step) => step.name === name),
    { say: () => {}, patience: { "mesh deny": patience, "mesh allow": patience } },
  ).then(
    () => TO_THE_END,
    (error: Error) => error.message,
  );

/** Sets the intention, and waits until service-a's page shows that the sidecars have heard. */
async function set(action: "allow" | "deny", outcome: "answered" | "refused"): Promise<void> {
  await intend(lab, { "service-a": action });
  const heard = async () => ((await pageOf(inMesh(lab, "a-mesh"))).includes(`Outcome: ${outcome}`) ? true : null);
  await eventually(`a call that is ${outcome}`, heard, soon(), 100);
}

test("the mesh of Nomad's jobs: the app and its sidecar are tasks of one allocation, and calls go through", async () => {
  const { mesh } = await lab.control.status();
  for (const sidecar of mesh?.sidecars ?? []) {
    expect(sidecar).toMatchObject({
      problem: null,
      check: { status: "passing" },
      allocation: { id: expect.any(String) },
    });
    expect(await pageOf(inMesh(lab, sidecar.instance))).toContain("Outcome: answered");
  }
  expect(mesh?.sidecars).toHaveLength(2);
});

describe("under Nomad and Consul, where no agent can be held still and a check watches every instance", () => {
  test.for(caseNames)(
    "%s shows what it should, on the job and in the mesh, and is put right again",
    { timeout: 120_000 },
    async (name, { skip }) => {
      if (name === "curl-insecure" && missingCurl) skip(missingCurl);
      const report = await lab.control.runCase(name);
      expect(report).toMatchObject({
        name,
        expected: true,
        restored: true,
        mesh: { prevented: name.startsWith("expired") },
      });
      expect(report.clientSaw).toMatch(shownByCase[name].client);
      expect(report.serverKnew).toMatch(shownByCase[name].server);
      expect((await lab.control.status()).problems).toEqual([]);
    },
  );
});

test("the story of that profile is the default one and four steps on the mesh, each with a name of its own", () => {
  const names = stepsOf(["nomad", "connect"]).map(({ name }) => name);
  expect(names).toEqual([...steps.map(({ name }) => name), "mesh", "mesh deny", "mesh allow", "mesh root"]);
  expect(new Set(names).size).toBe(names.length);
});

test("the command itself exits with 1 and names the step", async () => {
  const told = await labCommand(["demo", "--nomad", "--connect", "--vault", "/bin/false"]);
  expect(told).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('step "up" failed: /bin/false is neither OpenBao nor Vault.'),
  });
});

describe("a step that is sabotaged is named", () => {
  test("mesh deny, while service-b is frozen", async () => {
    await benTypes(lab, "/cert freeze service-b nothing is to change now");
    expect(await telling("mesh deny")).toMatch(
      /^step "mesh deny" failed: No plan came of it: [^]*service-b is frozen by/,
    );
    await benTypes(lab, "/cert thaw service-b");
    const thawed = async () => ((await lab.control.status()).bot.frozen.length === 0 ? true : null);
    await eventually("the thaw", thawed, soon());
  });

  test("mesh, when an intention denies the call", async () => {
    await set("deny", "refused");
    expect(await telling("mesh")).toMatch(/^step "mesh" failed: the call came to: [^]*\nOutcome: refused\n/);
  });

  test("mesh root, when calls are lost meanwhile", { timeout: 100_000 }, async () => {
    expect(await telling("mesh root")).toBe('step "mesh root" failed: a-mesh lost calls meanwhile');
  });

  test("mesh allow, when service-b's app stands still and no call comes back", async () => {
    const { pid } = await health(inMesh(lab, "b-mesh"));
    process.kill(pid, "SIGSTOP");
    try {
      expect(await telling("mesh allow")).toMatch(/^step "mesh allow" failed: /);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    await set("allow", "answered");
  });

  test.each(["mesh", "mesh deny", "mesh allow"])("and none is once all is well again: %s", async (name) => {
    expect(await telling(name, 1)).toBe(TO_THE_END);
  });
});
