import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nomadClient } from "../../bot/adapters/nomad/client.ts";
import { nomadGenerations } from "../../bot/adapters/nomad/generations.ts";
import type { NomadDeployment } from "../../bot/domain/deployment.ts";
import type { DevAgent } from "../support/dev-agent.ts";
import { startDevNomad } from "../support/nomad-dev.ts";
import { paused } from "../support/paused.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();
const tokenFile = folder.file("nomad-token");
const at: NomadDeployment = { kind: "nomad", job: "service-a" };
const rules = 'namespace "default" { variables { path "nomad/jobs/service-a" { capabilities = ["read", "write"] } } }';

let nomad: DevAgent;
let own: string;
beforeAll(async () => {
  nomad = await startDevNomad();
  own = await nomad.token(rules);
});
afterAll(async () => {
  await nomad?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

const clientFor = (address = nomad.address) => nomadClient({ address, caFile: folder.file("none.pem"), tokenFile });
const holding = (token: string) => {
  writeFileSync(tokenFile, token);
  return nomadGenerations(clientFor());
};

describe("generations in a real Nomad variable", () => {
  test("nothing is version 0; of two writers on one version the second is told so", async () => {
    const generations = holding(own);
    expect(await generations.read(at)).toEqual({ version: 0, instances: {} });
    expect(await generations.write(at, { "a-0": "g0", "a-1": "g0" }, 0)).toBe(true);
    expect(await generations.write(at, { "a-0": "r-late2222", "a-1": "g0" }, 0)).toBe(false);
    const { version, instances } = await generations.read(at);
    expect(instances).toEqual({ "a-0": "g0", "a-1": "g0" });
    const raced = await Promise.all(
      ["r-one22222", "r-two22222"].map((id) => generations.write(at, { "a-0": id, "a-1": id }, version)),
    );
    expect(raced.filter(Boolean)).toHaveLength(1);
    expect((await generations.read(at)).version).toBeGreaterThan(version);
  });

  test("another job's is out of the bot's reach, and so is one it cannot name", async () => {
    const generations = holding(own);
    const other: NomadDeployment = { kind: "nomad", job: "service-b" };
    await expect(generations.write(other, { "b-0": "g1" }, 0)).rejects.toMatchObject({ code: "nomad-denied" });
    await expect(generations.read(other)).rejects.toMatchObject({ code: "nomad-denied" });
  });

  test("the token that stands in the file now is taken once the old one is refused", async () => {
    const generations = holding("11111111-2222-3333-4444-555555555555");
    await expect(generations.read(at)).rejects.toMatchObject({
      code: "nomad-denied",
      message: "Nomad does not let the bot read var/nomad/jobs/service-a.",
    });
    writeFileSync(tokenFile, own);
    expect((await generations.read(at)).version).toBeGreaterThan(0);
  });

  test("a file without a token is told, and where it comes from", async () => {
    await expect(holding("").read(at)).rejects.toMatchObject({
      code: "nomad-token-missing",
      hint: expect.stringContaining("nomad.tokenFile"),
    });
  });
});

describe("Nomad itself", () => {
  test("is well while it has a leader, and away when nothing listens or it hangs", async () => {
    writeFileSync(tokenFile, own);
    await expect(clientFor().ping()).resolves.toBeUndefined();
    await expect(clientFor("http://127.0.0.1:9").ping()).rejects.toMatchObject({ code: "nomad-down" });
    await paused(nomad.child);
    try {
      const hasty = nomadClient({ address: nomad.address, caFile: "", tokenFile, deadlineMs: 300 });
      await expect(hasty.ping()).rejects.toMatchObject({
        code: "nomad-down",
        message: expect.stringContaining("no answer before the deadline"),
      });
    } finally {
      nomad.child.resume();
    }
  });
});
