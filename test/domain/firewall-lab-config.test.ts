import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { writeBotConfig } from "../../lab/bot-config.ts";
import { newState } from "../../lab/new-state.ts";
import { defaultPorts } from "../../lab/ports.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

test("a lab with a firewall has its bot find in Consul what moves behind the router", async () => {
  using folder = temporaryFolder();
  const state = await newState({
    dir: folder.path,
    ports: defaultPorts,
    profile: ["firewall"],
    connectCa: "vault",
    detached: false,
    ownSlack: false,
    vault: { kind: "openbao", version: "2.4.0", path: "bao" },
    cts: { kind: "stand-in", version: "0.9.0" },
  });
  mkdirSync(dirname(state.files.certopsYaml));
  await writeBotConfig(state, undefined);
  const text = readFileSync(state.files.certopsYaml, "utf8");
  expect(parse(text).catalogs).toEqual([
    { kind: "consul", service: "service-a", tag: "mtls", serverName: "service-a.example.com" },
    { kind: "consul", service: "service-b", tag: "mtls", serverName: "service-b.example.com" },
  ]);
  for (const { address } of state.firewall?.services ?? [])
    expect(parse(text).endpoints).not.toContainEqual(expect.objectContaining({ host: address }));
});
