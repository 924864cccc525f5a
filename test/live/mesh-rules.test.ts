import { Agent, request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { knock } from "../../lab/cases/knock.ts";
import { type CaseName, caseNames } from "../../lab/cases/report.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { seedMesh } from "../../lab/mesh-seeds.ts";
import { consulOf, inMesh, intend, leafOf, pageOf, trusted, upstreamOf } from "../support/mesh-lab.ts";
import { missingCurl } from "../support/missing.ts";
import { startOwnLab } from "../support/own-lab.ts";

/** How long a denied call may still be answered. */
const DENIED_MS = 2_000;

let lab: Lab;

beforeAll(async () => {
  lab = await startOwnLab({ connect: "vault" });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(20_000);

describe("intentions", () => {
  test("without one nobody may call: the page says who refused, why, and what mends it", async () => {
    await intend(lab, {});
    const refused = async () => {
      const page = await pageOf(inMesh(lab, "a-mesh"));
      return page.includes("Outcome: refused") ? page : null;
    };
    expect(await eventually("the refusal", refused, AbortSignal.timeout(DENIED_MS), 20)).toMatch(
      /\nOutcome: refused\nRefused by: service-b's sidecar\nCause: no intention allows service-a to call service-b, or one denies it \(HTTP 403: RBAC: access denied\)\nFix: .*\/mesh allow service-a service-b/,
    );
    // The other direction has an intention of its own.
    expect(await pageOf(inMesh(lab, "b-mesh"))).toContain("Outcome: answered");
  });

  test("a denial refuses the next call within two seconds, over connections kept alive too, and deleting it restores", async () => {
    await using kept = keptAlive();
    const answers = async (status: number, signal: AbortSignal) => {
      const both = async () => {
        const seen = await Promise.all([ask(upstreamOf(lab, "a-mesh")), ask(upstreamOf(lab, "a-mesh"), kept.agent)]);
        return seen.every((answer) => answer.status === status) ? status : null;
      };
      expect(await eventually(`answers with ${status}`, both, signal, 20)).toBe(status);
    };
    await intend(lab, { "*": "allow" });
    await answers(200, soon());
    await intend(lab, { "service-a": "deny", "*": "allow" });
    await answers(403, AbortSignal.timeout(DENIED_MS));
    await intend(lab, { "*": "allow" });
    await answers(200, soon());
  });

  test("what was approved is the truth: the files are not read into a mesh that has rules", async () => {
    const before = await intentions();
    expect(before).toContainEqual({ source: "*", destination: "service-b", action: "allow" });
    expect(await seedMesh(consulOf(lab).ask)).toBe(false);
    expect(await intentions()).toEqual(before);
    await intend(lab, { "service-a": "allow" });
  });
});

describe("the seven cases in the mesh", () => {
  const shown: Record<CaseName, { prevented: boolean; said: RegExp }> = {
    normal: {
      prevented: false,
      said: /Outcome: answered[^]*service-a's sidecar shows spiffe:[^]*service-b's sidecar shows/,
    },
    "no-client-cert": { prevented: false, said: /at 127.0.0.1:\d+: refused: .*CERTIFICATE_REQUIRED/ },
    "no-ca": { prevented: false, said: /that does not know the mesh's root called .*: refused: .*(LOCALLY|IN_CHAIN)/ },
    "expired-a": { prevented: true, said: /^service-a's sidecar shows spiffe:.*, valid until / },
    "expired-b": { prevented: true, said: /^service-b's sidecar shows spiffe:.*, valid until / },
    "different-ca": { prevented: false, said: /with a certificate of another CA called .*: refused: .*UNKNOWN_CA/ },
    "curl-insecure": { prevented: false, said: /^curl --insecure .*\ncurl: \(\d+\)/ },
  };

  test.for(caseNames)("%s is shown there too, or said to be prevented", { timeout: 60_000 }, async (name, { skip }) => {
    if (name === "curl-insecure" && missingCurl) skip(missingCurl);
    const report = await lab.control.runCase(name);
    expect(report).toMatchObject({ name, expected: true, restored: true, mesh: { prevented: shown[name].prevented } });
    expect(report.mesh?.said).toMatch(shown[name].said);
    expect(report.mesh?.cause).toMatch(/^.{30,}\.$/);
  });

  test("a stranger is let in by nobody; one with a leaf of the mesh would be", async () => {
    const trust = await trusted(lab);
    expect(await knock(inMesh(lab, "b-mesh"), { trust })).toMatchObject({ letIn: false });
    const identity = await leafOf(lab, "service-a");
    expect(await knock(inMesh(lab, "b-mesh"), { trust, identity })).toEqual({
      letIn: true,
      said: "answered with HTTP 200",
    });
  });
});

function keptAlive(): AsyncDisposable & { agent: Agent } {
  const agent = new Agent({ connections: 1 });
  return { agent, [Symbol.asyncDispose]: () => agent.destroy() };
}

async function ask(url: string, dispatcher = new Agent({ pipelining: 0 })) {
  const { statusCode, body } = await request(url, { dispatcher });
  return { status: statusCode, text: await body.text() };
}

async function intentions() {
  return (await lab.control.status()).mesh?.intentions ?? [];
}
