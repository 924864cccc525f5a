import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { caseNames } from "../../lab/cases/report.ts";
import type { Lab } from "../../lab/lab.ts";
import { inMesh, pageOf } from "../support/mesh-lab.ts";
import { missingCurl } from "../support/missing.ts";
import { startOwnLab } from "../support/own-lab.ts";
import { shownByCase } from "../support/shown-by-case.ts";

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab({ nomad: true, connect: "vault" });
}, 120_000);
afterAll(() => lab?.[Symbol.asyncDispose]());

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
