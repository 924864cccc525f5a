import { writeFile } from "node:fs/promises";
import { inspect } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { intentions } from "../../bot/adapters/consul/intentions.ts";
import type { Intentions } from "../../bot/operations/ports.ts";
import { startDevConsul } from "../support/consul-dev.ts";
import type { DevAgent } from "../support/dev-agent.ts";
import { botRules } from "../support/mesh-world.ts";
import { paused } from "../support/paused.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

let consul: DevAgent;
const folder = temporaryFolder();
let tokenFile: string;
let bot: Intentions;

const pair = { source: "service-a", destination: "service-b" };

async function intentionsOf(file: string): Promise<Intentions> {
  return intentions(consulClient({ address: consul.address, caFile: "none", tokenFile: file, deadlineMs: 2_000 }));
}

async function fileOf(name: string, text: string): Promise<string> {
  await writeFile(folder.file(name), text, { mode: 0o600 });
  return folder.file(name);
}

async function revoke(token: string): Promise<void> {
  const self = await fetch(`${consul.address}/v1/acl/token/self`, { headers: { "x-consul-token": token } });
  const { AccessorID } = (await self.json()) as { AccessorID: string };
  await consul.ask("DELETE", `/v1/acl/token/${AccessorID}`);
}

/** The destination's config entry as Consul has it. */
const entry = async (name = "service-b") =>
  (await consul.ask("GET", `/v1/config/service-intentions/${name}`)) as {
    ModifyIndex: number;
    Meta?: object;
    Sources: Record<string, unknown>[];
  };

const put = (name: string, sources: object[], more: object = {}) =>
  consul.ask("PUT", "/v1/config", { Kind: "service-intentions", Name: name, Sources: sources, ...more });

beforeAll(async () => {
  consul = await startDevConsul();
  tokenFile = await fileOf("token", await consul.token(botRules));
  bot = await intentionsOf(tokenFile);
  await consul.ask("PUT", "/v1/config", { Kind: "service-defaults", Name: "service-b", Protocol: "http" });
});
afterAll(async () => {
  folder[Symbol.dispose]();
  await consul[Symbol.asyncDispose]();
});

describe("Consul's intentions, at a real Consul", () => {
  test("one is written where there was none, and Consul goes by it", async () => {
    expect(await bot.read("service-a")).toEqual({ version: 0, intentions: [] });
    expect(await bot.allows({ source: "service-b", destination: "service-a" })).toBe(false);
    const wanted = { source: "service-b", destination: "service-a", action: "allow", description: "why" } as const;
    expect(await bot.write(wanted, 0)).toBe(true);
    const { version, intentions: held } = await bot.read("service-a");
    expect(held).toEqual([wanted]);
    expect(version).toBe((await entry("service-a")).ModifyIndex);
    expect(await bot.allows(wanted)).toBe(true);
  });

  test("changing one leaves the others of its destination as they were, whatever they hold", async () => {
    const web = { Name: "web", Permissions: [{ Action: "allow", HTTP: { PathPrefix: "/", Methods: ["GET"] } }] };
    const all = { Name: "*", Action: "deny", Description: "all else" };
    const peer = { Name: "service-a", Peer: "elsewhere", Action: "allow" };
    await put("service-b", [{ Name: "service-a", Action: "allow" }, web, all, peer], { Meta: { team: "ledger" } });
    const before = await entry();
    const { version } = await bot.read("service-b");

    expect(await bot.write({ ...pair, action: "deny", description: "by certops" }, version)).toBe(true);

    const after = await entry();
    expect(after.Meta).toEqual({ team: "ledger" });
    const others = (sources: typeof after.Sources) => sources.filter(({ Name, Peer }) => Name !== "service-a" || Peer);
    expect(others(after.Sources)).toHaveLength(3);
    expect(others(after.Sources)).toEqual(others(before.Sources));
    expect((await bot.read("service-b")).intentions).toEqual(
      expect.arrayContaining([
        { ...pair, action: "deny", description: "by certops" },
        { source: "web", destination: "service-b", action: "permissions", description: "" },
        { source: "*", destination: "service-b", action: "deny", description: "all else" },
      ]),
    );
    expect(await bot.allows(pair)).toBe(false);
  });

  test("a write by what stood there before is not taken", async () => {
    const { version } = await bot.read("service-b");
    await put("service-b", [{ Name: "service-a", Action: "deny", Description: "somebody else" }]);
    const theirs = await entry();
    expect(await bot.write({ ...pair, action: "allow", description: "late" }, version)).toBe(false);
    expect(await entry()).toEqual(theirs);
  });

  test("of two who write at once one is taken", async () => {
    await put("service-b", [{ Name: "*", Action: "deny" }]);
    const { version } = await bot.read("service-b");
    const write = (action: "allow" | "deny") => bot.write({ ...pair, action, description: action }, version);
    const taken = await Promise.all([write("allow"), write("deny")]);
    expect(taken.toSorted()).toEqual([false, true]);
  });

  test("all of them are listed, wildcards too", async () => {
    await put("*", [{ Name: "*", Action: "deny" }]);
    expect((await bot.list()).map(({ source, destination }) => `${source} ${destination}`)).toEqual(
      expect.arrayContaining(["* *", "service-b service-a"]),
    );
  });
});

describe("what Consul refuses, and what ails it", () => {
  test("a destination beyond the token's rules: what it lacks is said", async () => {
    const write = bot.write({ source: "service-a", destination: "payroll", action: "allow", description: "" }, 0);
    await expect(write).rejects.toMatchObject({
      code: "consul-denied",
      message: "Consul does not let the bot write config. It lacks intention:write on payroll.",
    });
  });

  test("a token that was replaced is read again", async () => {
    const old = await consul.token(botRules);
    const file = await fileOf("rotated", old);
    const rotated = await intentionsOf(file);
    await rotated.list();
    await revoke(old);
    await expect(rotated.list()).rejects.toMatchObject({ code: "consul-denied" });
    await writeFile(file, await consul.token(botRules));
    expect(await rotated.allows({ source: "service-b", destination: "service-a" })).toBe(true);
  });

  test("a token file that is missing", async () => {
    const none = await intentionsOf("/nonexistent/token");
    await expect(none.list()).rejects.toMatchObject({ code: "consul-token-missing" });
  });

  test("a Consul that is not there, and one that stands still", async () => {
    const gone = intentions(consulClient({ address: "http://127.0.0.1:9", caFile: "none", tokenFile }));
    await expect(gone.list()).rejects.toMatchObject({
      code: "consul-down",
      message: "Consul at http://127.0.0.1:9 cannot be reached: nothing listens there.",
    });
    await paused(consul.child);
    try {
      const hasty = intentions(consulClient({ address: consul.address, caFile: "none", tokenFile, deadlineMs: 200 }));
      await expect(hasty.list()).rejects.toMatchObject({
        code: "consul-down",
        message: expect.stringContaining("no answer before the deadline"),
      });
    } finally {
      consul.child.resume();
    }
  });

  test("no failure tells the token", async () => {
    const secret = "11111111-2222-4333-8444-555555555555";
    const file = await fileOf("unknown", secret);
    const error = await (await intentionsOf(file)).list().catch((failure: unknown) => failure);
    expect(error).toMatchObject({ code: "consul-denied" });
    expect(inspect(error, { depth: 10 })).not.toContain(secret);
  });
});
