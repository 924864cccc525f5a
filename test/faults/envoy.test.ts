import { mkdtempDisposable, rename, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { certificatesOf, isLive } from "../../lab/stack/envoy-admin.ts";
import { findProgram, type Program } from "../../lab/stack/find-program.ts";
import { shakeHands } from "../../lab/visit.ts";
import { type ConsulLab, startConsulLab } from "../support/consul-lab.ts";
import { inMesh } from "../support/mesh-lab.ts";
import { startSidecar } from "../support/sidecar.ts";

let lab: ConsulLab;
let envoy: Program;

beforeAll(async () => {
  envoy = await findProgram("envoy");
  lab = await startConsulLab({ connectCa: "built-in", instances: ["a-1", "b-1"], mesh: ["a-mesh"] });
});
afterAll(() => lab?.[Symbol.asyncDispose]());

/** The generations of the instances that need no sidecar, by fresh handshakes; each renews by itself meanwhile. */
const served = () =>
  Promise.all(lab.state.instances.map(async (one) => (await shakeHands(one, lab.state.files.root)).generation));
const soon = () => AbortSignal.timeout(20_000);

/** Whatever comes of it, those that need no sidecar serve on what they served. */
async function start(program: Program) {
  const before = await served();
  try {
    return await startSidecar(lab, "a-mesh", program);
  } finally {
    expect(await served()).toEqual(before);
  }
}

describe("a sidecar does not start, and one sentence says why", () => {
  test("where Envoy is missing", async () => {
    await expect(start({ ...envoy, path: "/nowhere/envoy" })).rejects.toMatchObject({
      code: "ENVOY_MISSING",
      message: "Envoy is missing: there is no /nowhere/envoy.",
      hint: "Fetch it again: npm run lab -- fetch",
    });
  });

  test("where it is another program", async () => {
    await expect(start({ ...envoy, path: process.execPath })).rejects.toMatchObject({
      code: "ENVOY_BROKEN",
      message: `${process.execPath} is not Envoy.`,
    });
  });

  test("where it does not run on this machine", async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), "certops-envoy-"));
    const path = join(folder.path, "envoy");
    await writeFile(path, "half a download", { mode: 0o700 });
    await expect(start({ ...envoy, path })).rejects.toMatchObject({
      code: "ENVOY_BROKEN",
      message: `${path} does not run as Envoy on this machine.`,
    });
  });

  test("where Envoy itself gives up: its port is another's", async () => {
    const taken = createServer((socket) => socket.destroy()).listen(inMesh(lab, "a-mesh").envoyAdminPort, "127.0.0.1");
    await once(taken, "listening");
    try {
      await expect(start(envoy)).rejects.toMatchObject({
        code: "CHILD_FAILED",
        message: expect.stringMatching(/^sidecar a-mesh stopped with exit code 1\.\n[^]*Address already in use/),
      });
    } finally {
      taken.close();
      await once(taken, "close");
    }
  });
});

test("an Envoy that goes missing while it runs: the problem is told, what needs none serves on, and it is up again when Envoy is back", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "certops-envoy-"));
  const path = join(folder.path, "envoy");
  await symlink(envoy.path, path);
  await using sidecar = await start({ ...envoy, path });
  const { envoyAdminPort } = inMesh(lab, "a-mesh");
  expect(await certificatesOf(envoyAdminPort)).not.toEqual([]);
  const before = await served();
  await rename(path, `${path}-elsewhere`);
  process.kill(sidecar.pid ?? 0, "SIGKILL");
  const told = async () => (sidecar.problem?.startsWith("Envoy is missing") ? sidecar.problem : null);
  expect(await eventually("the problem", told, soon())).toBe(`Envoy is missing: there is no ${path}.`);
  expect(await isLive(envoyAdminPort)).toBe(false);
  expect(await served()).toEqual(before);
  await rename(`${path}-elsewhere`, path);
  await eventually("the sidecar to be back", async () => (sidecar.state() === "up" ? true : null), soon());
  expect(sidecar.problem).toBeNull();
  expect(await isLive(envoyAdminPort)).toBe(true);
});
