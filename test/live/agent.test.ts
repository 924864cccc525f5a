import { createPrivateKey, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { connect } from "node:tls";
import "reflect-metadata";
import { X509Crl } from "@peculiar/x509";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type AgentSetting,
  startBotAgent,
  startInstanceAgent,
  startVaultServerAgent,
} from "../../lab/stack/lab-agents.ts";
import { type SupervisorAccess, supervisorAccess } from "../../lab/stack/supervisor-access.ts";
import type { Child } from "../../lab/supervise.ts";
import { services } from "../../vault-config/services.ts";
import { crash, startTestVault, type TestVault } from "../support/vault.ts";

const [serviceA, serviceB] = services as [(typeof services)[0], (typeof services)[0]];

let lab: TestVault;
let supervisor: SupervisorAccess;
let setting: AgentSetting;
let a1: Child;
beforeAll(async () => {
  lab = await startTestVault();
  await lab.applyAll();
  supervisor = await supervisorAccess(lab.server, () => {});
  const { dir, program, server } = lab;
  setting = { dir, program, server, login: supervisor, spawn: lab.supervisor.spawn };
  a1 = await startInstanceAgent(setting, serviceA, "a-1");
});
afterAll(async () => {
  await supervisor?.[Symbol.asyncDispose]();
  await lab?.[Symbol.asyncDispose]();
});

/** An identity file, taken apart. */
async function identity(file: string) {
  const pem = await readFile(file, "utf8");
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  const [leaf, ...chain] = certificates.map((text) => new X509Certificate(text));
  if (leaf === undefined) throw new Error(`no certificate in ${file}`);
  return { leaf, chain, key: createPrivateKey(pem) };
}

const mode = async (file: string) => ((await stat(file)).mode & 0o777).toString(8);
const identityOf = (instance: string) => join(lab.dir, "instances", instance, "identity.pem");
const uriOf = async (instance: string) =>
  /URI:(\S+)/.exec((await identity(identityOf(instance))).leaf.subjectAltName ?? "")?.[1];
const setGeneration = (service: string, data: Record<string, string>) =>
  supervisor.vault.write(`kv/data/certops/${service}`, { data });

describe("an instance's agent", () => {
  test("renders key, certificate and chain that belong together, for nobody else to read", async () => {
    const { leaf, chain, key } = await identity(identityOf("a-1"));
    expect(leaf.checkPrivateKey(key)).toBe(true);
    expect(chain).toHaveLength(1);
    expect(leaf.checkIssued(chain[0] ?? leaf)).toBe(true);
    expect(chain[0]?.verify(new X509Certificate(lab.root.certificatePem).publicKey)).toBe(true);
    expect(await mode(identityOf("a-1"))).toBe("600");
    expect(leaf.subjectAltName).toBe("DNS:service-a.example.com, URI:urn:certops:generation:g0");
  });

  test("renders the intermediate's revocation list", async () => {
    const crl = new X509Crl(await readFile(join(lab.dir, "instances", "a-1", "intermediate.crl"), "utf8"));
    expect(crl.issuer).toBe("CN=certops intermediate CA");
  });

  test("reads the wrapped secret id once and leaves none behind", async () => {
    await expect(stat(join(lab.dir, "agents", "a-1", "wrapped-secret-id"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("asks for a new certificate when its own generation moves, and only then", async () => {
    await using b1 = await startInstanceAgent(setting, serviceB, "b-1");
    await using b2 = await startInstanceAgent(setting, serviceB, "b-2");
    expect([b1.state(), b2.state()]).toEqual(["up", "up"]);
    const still = (await identity(identityOf("b-2"))).leaf.serialNumber;
    await setGeneration("service-b", { "b-1": "r-1", "b-2": "g0" });
    await expect.poll(() => uriOf("b-1"), { timeout: 15_000 }).toBe("urn:certops:generation:r-1");
    const moved = await identity(identityOf("b-1"));
    expect(moved.leaf.checkPrivateKey(moved.key)).toBe(true);
    // The same tick showed b-2's agent the same secret; the next one would show a needless issue.
    await setGeneration("service-b", { "b-1": "r-2", "b-2": "g0" });
    await expect.poll(() => uriOf("b-1"), { timeout: 15_000 }).toBe("urn:certops:generation:r-2");
    expect((await identity(identityOf("b-2"))).leaf.serialNumber).toBe(still);
  });

  test("logs in again with the id it holds when its token reaches its end", async () => {
    const path = "auth/approle/role/agent-service-b";
    await lab.server.asRoot.write(path, { token_ttl: "4s", token_max_ttl: "6s" });
    await using agent = await startInstanceAgent(setting, serviceB, "b-1");
    const logins = async () => {
      const log = await readFile(join(lab.dir, "agents", "b-1", "agent.log"), "utf8");
      return log.split("authentication successful").length - 1;
    };
    const first = await logins();
    await expect.poll(logins, { timeout: 20_000 }).toBeGreaterThan(first);
    await setGeneration("service-b", { "b-1": "r-3", "b-2": "g0" });
    await expect.poll(() => uriOf("b-1"), { timeout: 15_000 }).toBe("urn:certops:generation:r-3");
    expect(agent.restarts).toBe(0);
    await lab.applyAll();
  });

  test("starts again with a fresh login when its token is revoked", async () => {
    const accessor = await accessorOf("agent-service-a");
    await lab.server.asRoot.write("auth/token/revoke-accessor", { accessor });
    await setGeneration("service-a", { "a-1": "after", "a-2": "g0" });
    await expect.poll(() => uriOf("a-1"), { timeout: 28_000 }).toBe("urn:certops:generation:after");
  });

  test("started again after a crash, it logs in with a secret id of its own", async () => {
    const restarts = a1.restarts;
    crash(a1);
    await expect.poll(() => a1.restarts, { timeout: 10_000 }).toBe(restarts + 1);
    await expect.poll(() => a1.state(), { timeout: 20_000 }).toBe("up");
    await setGeneration("service-a", { "a-1": "again", "a-2": "g0" });
    await expect.poll(() => uriOf("a-1"), { timeout: 15_000 }).toBe("urn:certops:generation:again");
  });

  test("a secret id that somebody else opened is an alarm", async () => {
    const login = {
      ...supervisor,
      async wrapSecretId(role: string) {
        const wrap = await supervisor.wrapSecretId(role);
        await lab.server.connect(wrap).write("sys/wrapping/unwrap", {});
        return wrap;
      },
    };
    await expect(startInstanceAgent({ ...setting, login }, serviceA, "a-2")).rejects.toMatchObject({
      code: "WRAP_ALREADY_OPENED",
    });
  });
});

test("the bot's agent renders a client identity and keeps its token, both for nobody else to read", async () => {
  await using agent = await startBotAgent(setting);
  const folder = join(lab.dir, "bot");
  const { leaf, key } = await identity(join(folder, "identity.pem"));
  expect(agent.state()).toBe("up");
  expect(leaf.checkPrivateKey(key)).toBe(true);
  expect(leaf.subject).toBe("CN=certops-bot");
  expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.2"]);
  expect([await mode(join(folder, "identity.pem")), await mode(join(folder, "token"))]).toEqual(["600", "600"]);
  const bot = lab.server.connect((await readFile(join(folder, "token"), "utf8")).trim());
  expect(await bot.read("auth/token/lookup-self")).toMatchObject({ policies: ["certops-bot"] });
});

test("Vault's own certificate comes from the intermediate once its agent runs, without a restart", async () => {
  expect((await servedByVault()).issuer).toBe("CN=certops root CA");
  const pid = lab.server.child.pid;
  await using agent = await startVaultServerAgent(setting);
  expect(agent.state()).toBe("up");
  await expect.poll(async () => (await servedByVault()).issuer, { timeout: 10_000 }).toBe("CN=certops intermediate CA");
  expect((await servedByVault()).subjectAltName?.split(", ").toSorted()).toEqual([
    "DNS:localhost",
    "DNS:vault.certops.test",
    "IP Address:127.0.0.1",
  ]);
  expect(lab.server.child.pid).toBe(pid);
  expect(await mode(lab.server.files.tls)).toBe("600");
});

/** The certificate Vault serves now, to a client that trusts the root alone. */
async function servedByVault(): Promise<X509Certificate> {
  const { hostname: host, port } = new URL(lab.server.address);
  const socket = connect({ host, port: Number(port), ca: lab.root.certificatePem });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(5_000) });
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) throw new Error("Vault showed no certificate");
    return certificate;
  } finally {
    socket.destroy();
  }
}

async function accessorOf(policy: string): Promise<string> {
  const token = z.object({ accessor: z.string(), policies: z.array(z.string()) });
  for (const accessor of await lab.server.asRoot.list("auth/token/accessors")) {
    const found = token.parse(await lab.server.asRoot.write("auth/token/lookup-accessor", { accessor }));
    if (found.policies.includes(policy)) return found.accessor;
  }
  throw new Error(`no token with policy ${policy}`);
}
