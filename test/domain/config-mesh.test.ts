import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { sectionLoader } from "../support/config-section.ts";

const pair = { source: "service-a", destination: "service-b" };

interface MeshSection {
  services: string[];
  approval: { role: string; deadline: string };
  probes?: object[];
}

const { load, problems } = sectionLoader("mesh", (): MeshSection => ({
  services: ["service-a", "service-b"],
  approval: { role: "approver", deadline: "2h" },
}));

describe("the mesh in certops.yaml", () => {
  test("has its services, who approves, and pages that make a call, by address or by tag", () => {
    const probes = [
      { ...pair, url: "http://127.0.0.1:7080/w-mtls" },
      { source: "service-b", destination: "service-a", tag: "mesh", path: "/w-mtls" },
    ];
    expect(load((mesh) => (mesh.probes = probes)).mesh).toEqual({
      services: ["service-a", "service-b"],
      approval: byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 7_200_000 }),
      probes,
    });
  });

  test("may be missing", () => {
    expect(load((_, config) => delete config["mesh"]).mesh).toBeNull();
  });

  test.each<[string, Parameters<typeof load>[0], string]>([
    [
      "no Consul",
      (_, config) => delete config["consul"],
      "mesh: its intentions are Consul's, expected the section consul",
    ],
    [
      "another role",
      (mesh) => (mesh.approval.role = "aprover"),
      "mesh.approval.role: no role aprover under roles: did you mean approver?",
    ],
    ["one service", (mesh) => mesh.services.pop(), "mesh.services: found a list, expected at least two services"],
    ["one twice", (mesh) => mesh.services.push("service-a"), "mesh.services.2: service-a is listed twice"],
    [
      "a stranger",
      (mesh) => (mesh.probes = [{ ...pair, source: "web", url: "http://x.test/" }]),
      "mesh.probes.0: web is not among mesh.services",
    ],
    [
      "no page",
      (mesh) => (mesh.probes = [pair]),
      "mesh.probes.0: expected either the url of a page of the source, or the tag",
    ],
    [
      "two pages",
      (mesh) => (mesh.probes = [{ ...pair, url: "http://x.test/", tag: "mesh" }]),
      "mesh.probes.0: expected either",
    ],
    ["no path", (mesh) => (mesh.probes = [{ ...pair, tag: "mesh" }]), "mesh.probes.0: expected either"],
    [
      "no page address",
      (mesh) => (mesh.probes = [{ ...pair, url: "7080" }]),
      'mesh.probes.0.url: found "7080", expected an address',
    ],
  ])("%s", (_, change, sentence) => {
    expect(problems(change)).toContain(sentence);
  });
});
