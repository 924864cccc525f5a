import { mkdtempDisposable, rename, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { certificatesOf, isLive } from "../../lab/stack/envoy-admin.ts";
import { sidecarSpec } from "../../lab/stack/envoy.ts";
import { findProgram, type Program } from "../../lab/stack/find-program.ts";
import { type ConsulLab, startConsulLab } from "../support/consul-lab.ts";
import { inMesh } from "../support/mesh-lab.ts";

let lab: ConsulLab;
let envoy: Program;

beforeAll(async () => {
  envoy = await findProgram("envoy");
  lab = await startConsulLab({ connectCa: "built-in", mesh: ["a-mesh"] });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(20_000);

async function startSidecar(program: Program) {
  const { state, consul, supervisor } = lab;
  return supervisor.spawn(
    await sidecarSpec({ dir: state.dir, instance: inMesh(lab, "a-mesh"), consul, envoy: program }),
  );
}

describe("a sidecar does not start, and one sentence says why", () => {
  test("where Envoy is missing", async () => {
    await expect(startSidecar({ ...envoy, path: "/nowhere/envoy" })).rejects.toMatchObject({
      code: "ENVOY_MISSING",
      message: "Envoy is missing: there is no /nowhere/envoy.",
      hint: "Fetch it again: npm run lab -- fetch",
    });
  });

  test("where it is another program", async () => {
    await expect(startSidecar({ ...envoy, path: process.execPath })).rejects.toMatchObject({
      code: "ENVOY_BROKEN",
      message: `${process.execPath} is not Envoy.`,
    });
  });

  test("where it does not run on this machine", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "certops-envoy-"));
    const path = join(folder.path, "envoy");
    await writeFile(path, "half a download", { mode: 0o700 });
    await expect(startSidecar({ ...envoy, path })).rejects.toMatchObject({
      code: "ENVOY_BROKEN",
      message: `${path} does not run as Envoy on this machine.`,
    });
  });

  test("where Envoy itself gives up: its port is another's", async () => {
    const taken = createServer((socket) => socket.destroy()).listen(inMesh(lab, "a-mesh").envoyAdminPort, "127.0.0.1");
    await once(taken, "listening");
    try {
      await expect(startSidecar(envoy)).rejects.toMatchObject({
        code: "CHILD_FAILED",
        message: expect.stringMatching(/^sidecar a-mesh stopped with exit code 1\.\n[^]*Address already in use/),
      });
    } finally {
      taken.close();
      await once(taken, "close");
    }
  });
});

test("an Envoy that goes missing while it runs: the problem is told, and it is up again when Envoy is back", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-envoy-"));
  const path = join(folder.path, "envoy");
  await symlink(envoy.path, path);
  await using sidecar = await startSidecar({ ...envoy, path });
  const { envoyAdminPort } = inMesh(lab, "a-mesh");
  expect(await certificatesOf(envoyAdminPort)).not.toEqual([]);
  await rename(path, `${path}-elsewhere`);
  process.kill(sidecar.pid ?? 0, "SIGKILL");
  const told = async () => (sidecar.problem?.startsWith("Envoy is missing") ? sidecar.problem : null);
  expect(await eventually("the problem", told, soon())).toBe(`Envoy is missing: there is no ${path}.`);
  expect(await isLive(envoyAdminPort)).toBe(false);
  await rename(`${path}-elsewhere`, path);
  await eventually("the sidecar to be back", async () => (sidecar.state() === "up" ? true : null), soon());
  expect(sidecar.problem).toBeNull();
  expect(await isLive(envoyAdminPort)).toBe(true);
});
