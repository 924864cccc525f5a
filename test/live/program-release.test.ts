import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findCts } from "../../lab/firewall/find-cts.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { answerOf } from "../../lab/stack/on-path.ts";
import { fetchRelease } from "../../lab/stack/release.ts";
import { type BareMachine, bareMachine } from "../support/bare-machine.ts";
import { releaseHost } from "../support/release-host.ts";
import { buildsOn, machineWithGo } from "../support/stand-in-go.ts";
import { tcpServer } from "../support/tls-server.ts";

const machine = `${process.platform}-${process.arch}`;
const nomad = { product: "nomad", title: "Nomad", version: "1.11.3" };

async function scratchOf({ folder }: BareMachine): Promise<string> {
  const scratch = join(folder, "scratch");
  await mkdir(scratch);
  return scratch;
}

describe("HashiCorp's release", () => {
  test("is fetched, checked against its pin and unpacked", async () => {
    await using bare = await bareMachine();
    await using host = await releaseHost(bare, "nomad", "1.11.3", "echo Nomad v1.11.3");
    const told: string[] = [];
    const folder = await scratchOf(bare);
    const fetched = await fetchRelease(
      { ...nomad, pins: { [machine]: host.pin } },
      { folder, env: { ...bare.env, ...host.env }, onProgress: (line) => told.push(line), signal: undefined },
    );
    expect(fetched).toEqual({ binary: join(folder, "nomad") });
    expect(await answerOf("/bin/sh", [join(folder, "nomad")])).toBe("Nomad v1.11.3\n");
    expect(told).toEqual(["Looking for the release of Nomad 1.11.3", "Fetching Nomad 1.11.3 (only this once)"]);
  });

  test("with another checksum is not used: what it should be is built", async () => {
    await using bare = await machineWithGo();
    await using host = await releaseHost(bare, "nomad", "1.11.3", "echo forged");
    const told: string[] = [];
    const env = { ...bare.env, ...host.env };
    expect(await findProgram("nomad", { env, onProgress: (line) => told.push(line) })).toMatchObject({ from: "built" });
    expect(told).toContain(
      "The release of Nomad 1.11.3 could not be had (it does not have the checksum that is pinned for it)",
    );
    expect(await buildsOn(bare)).toHaveLength(1);
  });

  test("of Consul-Terraform-Sync serves from then on, and the lab's stand-in where its checksum is another one", async () => {
    await using bare = await bareMachine();
    const product = "consul-terraform-sync";
    await using host = await releaseHost(bare, product, "0.9.0", `echo '${product} v0.9.0 (4cfcf5f)'`);
    const env = { ...bare.env, ...host.env };
    expect(await findCts({ env })).toMatchObject({ kind: "stand-in" });
    const found = { kind: "real", version: "0.9.0", command: [join(bare.cacheOf(`${product}-0.9.0`), product)] };
    const release = { product, title: "Consul-Terraform-Sync", version: "0.9.0", pins: { [machine]: host.pin } };
    expect(await findCts({ env }, release)).toEqual(found);
    expect(await findCts({ env: bare.env })).toEqual(found);
  });

  test("is given up where its host does not answer", async () => {
    await using bare = await bareMachine();
    await using silent = await tcpServer(() => {});
    const env = { ...bare.env, HTTPS_PROXY: `http://127.0.0.1:${silent.port}` };
    const told = { folder: await scratchOf(bare), env, onProgress: () => {}, signal: undefined };
    const fetched = fetchRelease({ ...nomad, pins: { [machine]: "00" } }, { ...told, patienceMs: 500 });
    expect(await fetched).toEqual({ failed: "the host did not answer in time" });
  });

  test("is not looked for on a machine for which none is pinned", async () => {
    await using bare = await bareMachine();
    const told = { folder: bare.folder, env: bare.env, onProgress: () => {}, signal: undefined };
    expect(await fetchRelease({ ...nomad, pins: {} }, told)).toEqual({ failed: `none is pinned for ${machine}` });
  });
});
