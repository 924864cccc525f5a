import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readAgentLog } from "../../bot/adapters/agent-log.ts";
import { auditLogOfVault } from "../../bot/adapters/audit-log-of-vault.ts";
import { inventory } from "../../bot/adapters/store/inventory.ts";
import type { Store } from "../../bot/adapters/store/database.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import type { Trace } from "../../bot/domain/trace.ts";
import { type TraceNeeds, traceRequest } from "../../bot/operations/trace-request.ts";
import { aCommit, aRequest, aStore, t0 } from "../support/renewal-fixtures.ts";
import { aCertificate, aLook } from "../support/inventory-fixtures.ts";
import { aWorld, type World } from "../support/renewal-world.ts";
import { renew } from "../support/run-once.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const id = "r-abcd2345";

function needsOf(store: Store, world: World, changes: Partial<TraceNeeds> = {}): TraceNeeds {
  return {
    ...store,
    inventory: inventory(store.db.withTables()),
    vaultAudit: null,
    swaps: world.swaps,
    placements: null,
    agentLog: readAgentLog,
    agentLogs: new Map(),
    services: new Map([["service-a", world.service]]),
    mesh: null,
    firewall: null,
    clock: Date.now,
    ...changes,
  };
}

async function traced(needs: TraceNeeds): Promise<Trace> {
  const trace = await traceRequest(needs, id);
  if (isRefusal(trace)) throw new Error(trace.message);
  return trace;
}

/** As OpenBao writes it, shortened to what matters and some that does not. */
function auditLine(at: number, uri: string, serial: string | null, type = "response"): string {
  return JSON.stringify({
    time: new Date(at).toISOString(),
    type,
    auth: { display_name: "approle", metadata: { role_name: "agent-service-a" } },
    request: {
      id: "1",
      operation: "update",
      path: "pki/issue/service-a",
      data: { uri_sans: uri, ttl: "hmac-sha256:00" },
    },
    ...(type === "response" && serial !== null && { response: { data: { serial_number: serial } } }),
    ...(serial === null && { error: "1 error occurred: permission denied" }),
  });
}

describe("a trace", () => {
  test("lays one renewal out from the click to the wire", async () => {
    using folder = temporaryFolder();
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    const { receipt } = await renew(store, world);
    const serial = receipt?.instances[0]?.newSerial ?? "";
    const [written, served] = ["written", "first instance served"].map(
      (step) => receipt?.steps.find(({ name }) => name === step)?.at ?? 0,
    );
    const audit = folder.file("audit.log");
    const issuedAt = (written ?? 0) + 1;
    const uri = `urn:certops:generation:${id}`;
    writeFileSync(
      audit,
      [
        auditLine(issuedAt - 5_000, "urn:certops:generation:g0", "00:00"),
        auditLine(issuedAt, uri, serial, "request"),
        auditLine(issuedAt, uri, serial),
        auditLine(issuedAt, `${uri}x`, "00:01"),
        `{"type":"response","cut off ${uri}`,
      ].join("\n"),
    );
    const log = folder.file("agent.log");
    const rendered = new Date(issuedAt + 1).toISOString();
    writeFileSync(
      log,
      [
        `2020-01-01T00:00:00.000Z [INFO]  agent: (runner) rendered "(dynamic)" => "/lab/a-1/identity.pem"`,
        `${rendered} [INFO]  agent: (runner) rendered "(dynamic)" => "/lab/a-1/intermediate.crl"`,
        `${rendered} [INFO]  agent: (runner) rendered "(dynamic)" => "/lab/a-1/identity.pem"`,
      ].join("\n"),
    );

    const trace = await traced(
      needsOf(store, world, {
        vaultAudit: auditLogOfVault(audit),
        agentLogs: new Map([["service-a/a-1", log]]),
      }),
    );
    expect(trace.missing).toEqual([]);
    expect(trace.rows.map(({ at }) => at)).toEqual(trace.rows.map(({ at }) => at).toSorted((a, b) => a - b));
    const told = (source: string) => trace.rows.filter((row) => row.source === source).map(({ text }) => text);
    expect(told("certops")).toEqual([
      "opened",
      "approved",
      "began; handshakes are counted from here",
      "generation written for a-1",
      "proven at a-1",
      "deployed: every instance serves it",
    ]);
    expect(told("vault audit")).toEqual([`issued ${serial} to agent-service-a`]);
    expect(told("agent a-1")).toEqual(["rendered identity.pem"]);
    expect(told("a-1")).toEqual([`swapped ${receipt?.instances[0]?.oldSerial} for ${serial}`]);
    expect(told("wire")).toEqual([`a-1 shows ${serial}`]);
    expect(trace.rows.find(({ source }) => source === "wire")?.at).toBe(served);
  });

  test("says of every source that it could not read, and why", async () => {
    using folder = temporaryFolder();
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    await renew(store, world);
    const trace = await traced(
      needsOf(store, world, {
        vaultAudit: auditLogOfVault(folder.file("gone.log")),
        swaps: () => Promise.reject(new Error("a-1 does not answer on its admin port.")),
      }),
    );
    expect(trace.missing).toEqual([
      { source: "vault audit", why: expect.stringContaining("gone.log cannot be read: ENOENT") },
      { source: "agent a-1", why: "certops.yaml names no agentLog for a-1" },
      { source: "a-1", why: "a-1 does not answer on its admin port." },
    ]);
  });

  test("says of a source that forgot it that it tells nothing", async () => {
    using folder = temporaryFolder();
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    await renew(store, world);
    const [audit, log] = [folder.file("audit.log"), folder.file("agent.log")];
    writeFileSync(audit, "");
    writeFileSync(log, "");
    const trace = await traced(
      needsOf(store, world, {
        vaultAudit: auditLogOfVault(audit),
        agentLogs: new Map([["service-a/a-1", log]]),
        swaps: async () => [],
      }),
    );
    expect(trace.missing.map(({ source }) => source)).toEqual(["vault audit", "agent a-1", "a-1"]);
  });

  test("of a request that nobody approved ends with the store", async () => {
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    await store.requests.open(aRequest(), aCommit("request.pending"));
    const trace = await traced(needsOf(store, world));
    expect(trace).toEqual({
      id,
      rows: [{ at: t0, source: "certops", text: "U0ANA asked for it", detail: {} }],
      missing: [],
      frozen: [],
    });
  });

  test("ends with the receipt: what the agents renew by themselves afterwards is counted, not laid out", async () => {
    using folder = temporaryFolder();
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    const { receipt } = await renew(store, world);
    const serial = receipt?.instances[0]?.newSerial ?? "";
    const ended = receipt?.steps.at(-1)?.at ?? 0;
    const uri = `urn:certops:generation:${id}`;
    const [during, later, latest] = [ended - 500, ended + 60_000, ended + 160_000];
    const file = folder.file("audit.log");
    writeFileSync(
      file,
      [auditLine(during, uri, serial), auditLine(later, uri, "00:0a"), auditLine(latest, uri, "00:0b")].join("\n"),
    );
    const own = inventory(store.db.withTables());
    const leaf = aCertificate("later", { generation: id });
    await own.saveObservation(aLook("service-a/a-1", leaf, { at: latest }), [leaf]);
    const swap = { outcome: "swapped", generation: id, previousSerial: null, problem: null } as const;
    const trace = await traced(
      needsOf(store, world, {
        vaultAudit: auditLogOfVault(file),
        swaps: async () => [
          { ...swap, at: during, serial },
          { ...swap, at: later, serial: "00:0a" },
        ],
      }),
    );
    const told = (source: string) => trace.rows.filter((row) => row.source === source);
    expect(told("vault audit")).toMatchObject([
      { at: during },
      { at: latest, text: "renewed by itself 2 times since, the last now" },
    ]);
    expect(told("a-1")).toMatchObject([{ at: during }]);
    expect(told("wire").map(({ text }) => text)).toEqual([`a-1 shows ${serial}`]);
  });

  test("of an id that nobody knows", async () => {
    const [store, world] = [await aStore(), await aWorld({}, ["a-1"])];
    expect(await traceRequest(needsOf(store, world), "r-nobody22")).toMatchObject({ code: "not-found" });
  });
});

describe("Vault's audit log", () => {
  test("a refusal is told with its reason, several names are looked through", async () => {
    using folder = temporaryFolder();
    const file = folder.file("audit.log");
    const uri = `urn:certops:generation:${id}`;
    writeFileSync(file, `${auditLine(t0, uri, null)}\n`);
    expect(await auditLogOfVault(file)(id)).toEqual([
      { at: t0, serial: null, by: "agent-service-a", refused: "1 error occurred: permission denied" },
    ]);
  });
});
