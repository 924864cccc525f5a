import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { readRoots, replaceRoot } from "../../lab/mesh-roots.ts";
import { certificatesOf } from "../../lab/stack/envoy-admin.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { type ConsulLab, startConsulLab } from "../support/consul-lab.ts";
import { inMesh } from "../support/mesh-lab.ts";
import { startSidecar } from "../support/sidecar.ts";

/** A leaf that Consul issues to service-a now. */
async function issuedLeaf({ consul }: ConsulLab): Promise<X509Certificate> {
  const leaf = (await consul.ask("GET", "/v1/agent/connect/ca/leaf/service-a")) as { CertPEM: string };
  return new X509Certificate(leaf.CertPEM);
}

const HOUR_MS = 3_600_000;
const lifetimeOf = ({ validFromDate, validToDate }: X509Certificate) => validToDate.getTime() - validFromDate.getTime();

test("with the built-in authority a rotation makes a new key: the old root is trusted beside the new, leaves lead to it", async () => {
  await using lab = await startConsulLab({ connectCa: "built-in" });
  const { ask } = lab.consul;
  const [before] = await readRoots(ask);
  await replaceRoot(ask);
  const two = async () => {
    const roots = await readRoots(ask);
    return roots.length === 2 ? roots : null;
  };
  const [old, fresh] = await eventually("both roots", two, AbortSignal.timeout(10_000));
  expect(old).toMatchObject({ id: before?.id, active: false });
  expect(fresh).toMatchObject({ active: true });
  expect(fresh?.id).not.toBe(before?.id);
  // Two hours, as a leaf lives one: not the ten years that its certificate says.
  expect(old?.notAfter).toBeLessThan(Date.now() + 2 * HOUR_MS + 60_000);
  const leaf = await issuedLeaf(lab);
  expect(fresh && leaf.verify(fresh.certificate.publicKey)).toBe(true);
  expect(lifetimeOf(leaf)).toBeGreaterThanOrEqual(HOUR_MS);
  expect(leaf.subjectAltName).toMatch(/^URI:spiffe:.*\/svc\/service-a$/);
});

test("Vault sealed during a rotation: one sentence, and the mesh goes on with the root and the leaves it has", async () => {
  await using lab = await startConsulLab({ connectCa: "vault", mesh: ["a-mesh"] });
  await using _sidecar = await startSidecar(lab, "a-mesh", await findProgram("envoy"));
  const shown = () => certificatesOf(inMesh(lab, "a-mesh").envoyAdminPort);
  const [own] = await shown();
  const { ask } = lab.consul;
  const before = await readRoots(ask);
  const leaf = await issuedLeaf(lab);
  expect(lifetimeOf(leaf)).toBeGreaterThanOrEqual(HOUR_MS);
  await lab.ground.server.asRoot.write("sys/seal", {});
  await expect(replaceRoot(ask)).rejects.toMatchObject({
    code: "ROOT_NOT_ROTATED",
    message: "The mesh goes on with the root it has: Vault is sealed.",
  });
  expect((await readRoots(ask)).map(({ id, active }) => ({ id, active }))).toEqual(
    before.map(({ id, active }) => ({ id, active })),
  );
  expect((await issuedLeaf(lab)).serialNumber).toBe(leaf.serialNumber);
  expect(own).toBeDefined();
  expect((await shown())[0]?.serialNumber).toBe(own?.serialNumber);
});
