import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../bot/config.ts";
import { writeBotConfig } from "../../lab/bot-config.ts";
import { newState } from "../../lab/new-state.ts";
import { defaultPorts } from "../../lab/ports.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** What the lab writes for its bot. */
async function written(changes: Partial<Parameters<typeof newState>[0]>) {
  const folder = temporaryFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const state = await newState({
    dir: folder.path,
    ports: defaultPorts,
    profile: [],
    connectCa: "vault",
    detached: false,
    ownSlack: false,
    vault: { kind: "openbao", version: "2.4.0", path: "bao" },
    ...changes,
  });
  mkdirSync(dirname(state.files.certopsYaml));
  await writeBotConfig(state, undefined);
  return { state, config: parse(readFileSync(state.files.certopsYaml, "utf8")) };
}

test("a lab with a firewall has its bot find in Consul what moves behind the router", async () => {
  const cts = { kind: "stand-in", version: "0.9.0" } as const;
  const { state, config } = await written({ profile: ["firewall"], cts });
  expect(config.catalogs).toEqual([
    { kind: "consul", service: "service-a", tag: "mtls", serverName: "service-a.example.com" },
    { kind: "consul", service: "service-b", tag: "mtls", serverName: "service-b.example.com" },
  ]);
  for (const { address } of state.firewall?.services ?? [])
    expect(config.endpoints).not.toContainEqual(expect.objectContaining({ host: address }));
});

test("a lab with passkeys has its bot ask for them at localhost, and service-b's approvals take one", async () => {
  const { state, config } = await written({ stepUp: true });
  expect(config.http).toEqual({ host: "127.0.0.1", port: 3000, publicUrl: "http://localhost:3000" });
  expect(config.passkeys).toEqual({ approval: { role: "approver", deadline: "1h" } });
  // And so the bot reads it.
  mkdirSync(dirname(state.files.root), { recursive: true });
  writeFileSync(state.files.root, "");
  const { passkeys, services } = loadConfig({ CERTOPS_CONFIG: state.files.certopsYaml });
  expect(passkeys?.origin).toBe("http://localhost:3000");
  expect([...services.values()].map(({ name, approval }) => [name, approval.name, approval.stepUp])).toEqual([
    ["service-a", "approver", undefined],
    ["service-b", "ledger", "passkey"],
  ]);
});

test("a lab without them has neither", async () => {
  const { config } = await written({});
  expect(config.http).not.toHaveProperty("publicUrl");
  expect(config).not.toHaveProperty("passkeys");
  expect(JSON.stringify(config)).not.toContain("stepUp");
});
