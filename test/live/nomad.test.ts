import { X509Certificate, createPrivateKey } from "node:crypto";
import { glob, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { eventually } from "../../lab/eventually.ts";
import { health, traffic } from "../../lab/instances.ts";
import { NomadApi } from "../../lab/stack/nomad-api.ts";
import { listAllocations, wanted } from "../../lab/stack/nomad-allocations.ts";
import { variablePath } from "../../lab/stack/nomad-generations.ts";
import { type JobVariables, readJob, readServiceJob } from "../../lab/stack/nomad-jobs.ts";
import { shakeHands } from "../../lab/visit.ts";
import type { Problem } from "../../vault-config/problem.ts";
import { planOf, runJob, saidOf, startImposter, submissionOf } from "../support/nomad-jobs.ts";
import { type NomadLab, startNomadLab } from "../support/nomad-lab.ts";
import { allocationOf, nodeOf } from "../support/placed.ts";
import { crash } from "../support/vault.ts";

/** https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation-checks */
const checksReply = z.record(z.string(), z.object({ Status: z.string(), Output: z.string() }));
const ports = z.array(z.object({ Label: z.string(), Value: z.number() }));
/** https://developer.hashicorp.com/nomad/api-docs/allocations#read-allocation */
const networkOf = z.object({
  AllocatedResources: z.object({
    Shared: z.object({ Networks: z.tuple([z.object({ DynamicPorts: ports, ReservedPorts: ports.default([]) })]) }),
  }),
});

let lab: NomadLab;
beforeAll(async () => {
  lab = await startNomadLab();
}, 120_000);
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
}, 60_000);

const until = <T>(what: string, ask: () => Promise<T | null>) => eventually(what, ask, AbortSignal.timeout(40_000));

describe("the jobs of the services", () => {
  test("run twice each, on two nodes, and are what the state says", async () => {
    expect(await lab.nomad.status()).toMatchObject({
      leader: expect.stringContaining("127.0.0.1"),
      nodes: [
        { name: "nomad-1", status: "ready", eligible: true },
        { name: "nomad-2", status: "ready", eligible: true },
      ],
      problem: null,
    });
    expect(lab.state.instances.map(({ instance }) => instance)).toEqual(["a-0", "a-1", "b-0", "b-1"]);
    for (const service of ["service-a", "service-b"]) {
      const nodes = lab.of(service).map(nodeOf);
      expect(nodes.toSorted()).toEqual(["nomad-1", "nomad-2"]);
    }
    const allocations = wanted(await listAllocations(lab.nomad)).map(({ ID }) => ID);
    const told = lab.state.instances.map(allocationOf);
    expect(told.toSorted()).toEqual(allocations.toSorted());
  });

  test("have ports that Nomad chose, and no two the same", async () => {
    for (const instance of lab.state.instances) {
      const told = await lab.nomad.ask("GET", `/v1/allocation/${allocationOf(instance)}`);
      const { DynamicPorts, ReservedPorts } = networkOf.parse(told).AllocatedResources.Shared.Networks[0];
      expect([DynamicPorts.map(({ Label }) => Label).toSorted(), ReservedPorts]).toEqual([["admin", "https"], []]);
      expect(DynamicPorts.map(({ Value }) => Value)).toEqual(
        expect.arrayContaining([instance.port, instance.adminPort]),
      );
    }
    const all = lab.state.instances.flatMap(({ port, adminPort }) => [port, adminPort]);
    expect(new Set(all).size).toBe(8);
  });

  test("serve the first generation over mTLS, and call one another", async () => {
    const seen = await Promise.all(lab.state.instances.map(lab.shown));
    expect(seen.map(({ generation }) => generation)).toEqual(["g0", "g0", "g0", "g0"]);
    for (const instance of lab.state.instances) {
      const counted = await until(`${instance.instance} to be answered`, async () => {
        const { fresh, kept } = await traffic(instance);
        return fresh.ok > 0 && kept.ok > 0 ? { fresh, kept } : null;
      });
      expect([counted.fresh.failed, counted.kept.failed]).toEqual([0, 0]);
    }
  });

  test("pass the check of Nomad's own catalog: their ports are open", async () => {
    for (const instance of lab.state.instances) {
      const passing = async () => {
        const told = checksReply.parse(await lab.nomad.ask("GET", `/v1/allocation/${allocationOf(instance)}/checks`));
        const checks = Object.values(told);
        return checks.every(({ Status }) => Status === "success") ? checks : null;
      };
      const checks = await until(`${instance.instance}'s check to pass`, passing);
      expect(checks).toEqual([{ Status: "success", Output: "nomad: tcp ok" }]);
    }
    const { allocations } = await lab.nomad.status();
    expect(allocations.map(({ status, healthy }) => `${status} ${healthy}`)).toEqual(
      allocations.map(() => "running true"),
    );
  });

  test("keep key, certificate and chain in one file that only its owner reads, and no token anywhere", async () => {
    for (const instance of lab.state.instances) {
      const pem = await readFile(instance.identityFile, "utf8");
      const [leaf = "", issuer = ""] = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
      const certificate = new X509Certificate(leaf);
      expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
      expect(certificate.verify(new X509Certificate(issuer).publicKey)).toBe(true);
      expect(((await stat(instance.identityFile)).mode & 0o777).toString(8)).toBe("600");

      const secrets = await Array.fromAsync(glob("**", { cwd: join(instance.identityFile, "..") }));
      expect(secrets.filter((name) => name.includes("token"))).toEqual([]);
      const environment = await readFile(`/proc/${(await health(instance)).pid}/environ`, "utf8");
      expect(environment).toContain(`CERTOPS_LAB=${lab.state.dir}\0`);
      expect(environment).not.toMatch(/TOKEN=/);
    }
    const jobs = await Promise.all(["service-a", "service-b"].map((job) => lab.nomad.ask("GET", `/v1/job/${job}`)));
    expect(JSON.stringify(jobs)).not.toMatch(/hvs\.|\bs\.[A-Za-z0-9]{20}/);
  });
});

describe("a new generation", () => {
  test("is served by every instance of its job, by the same processes, and by nobody else", async () => {
    const pids = async () => Promise.all(lab.state.instances.map(async (one) => (await health(one)).pid));
    const [before, others] = [await pids(), await Promise.all(lab.of("service-a").map(lab.shown))];
    const generation = await lab.nomad.rotate("service-b");
    const seen = await lab.serving("service-b", generation);
    expect(new Set(seen.map(({ serial }) => serial)).size).toBe(2);
    expect(await pids()).toEqual(before);
    expect(await Promise.all(lab.of("service-a").map(lab.shown))).toEqual(others);
  });
});

describe("Nomad's own command", () => {
  test("finds nothing to change in what runs: `nomad job plan` ends with 0 and shows no difference", async () => {
    for (const job of ["service-a", "service-b"]) {
      const plan = await planOf(lab.nomad, job);
      expect(plan).toMatch(new RegExp(`^Job: "${job}"$`, "m"));
      expect(plan).not.toMatch(/^\s*[+-]/m);
    }
  });
});

describe("a job file", () => {
  const given = { node: "node", services: "services", root_ca: "PEM", root_crl: "PEM" };
  const problemWith = (variables: JobVariables) =>
    readServiceJob(lab.nomad, "service-a", variables).then(
      () => "read",
      ({ code, message }: Problem) => `${code}: ${message}`,
    );

  test("that lacks a variable, or is given a wrong one, is told in one sentence", async () => {
    const { root_crl: _, ...less } = given;
    expect(await problemWith(given)).toBe("read");
    expect(await problemWith(less)).toBe(
      'JOB_VARIABLE_MISSING: nomad/service.nomad.hcl needs a value for the variable "root_crl".',
    );
    expect(await problemWith({})).toBe(
      'JOB_VARIABLE_MISSING: nomad/service.nomad.hcl needs a value for the variables "node", "root_ca", "root_crl", "services".',
    );
    expect(await problemWith({ ...given, change_mode: "reload" })).toBe(
      "JOB_UNREADABLE: nomad/service.nomad.hcl: The variable change_mode must be signal, restart or noop.",
    );
  });

  test("that lacks a variable when it is run is refused, and what ran before goes on", async () => {
    const before = await Promise.all(lab.of("service-b").map(lab.shown));
    const { Source, Variables } = await submissionOf(lab.nomad, "service-b");
    const less = Variables.replace(/^root_crl = .*$/m, "");
    await expect(runJob(lab.nomad, { Source, Variables: less })).rejects.toThrow('Unset variable "root_crl"');
    expect(await Promise.all(lab.of("service-b").map(lab.shown))).toEqual(before);
  });

  test("that is no HCL is told with its place", async () => {
    const broken = readJob(lab.nomad, { file: "mine.hcl", source: 'job "x" {', variables: "" });
    await expect(broken).rejects.toMatchObject({
      code: "JOB_UNREADABLE",
      message: expect.stringMatching(/^mine\.hcl: .*input\.hcl:1/),
    });
  });
});

describe("who may do what", () => {
  test("the bot's token moves the generations of the services, reads why one does not follow, and does nothing else", async () => {
    const { address, caFile, tokens } = lab.nomad;
    await using bot = new NomadApi({ address, ca: await readFile(caFile, "utf8"), token: tokens.bot });
    const path = variablePath("service-a");
    const held = z.looseObject({ Items: z.record(z.string(), z.string()), ModifyIndex: z.number() });
    const { Items, ModifyIndex } = held.parse(await bot.ask("GET", `/v1/var/${path}`));
    expect(Object.keys(Items).toSorted()).toEqual(["a-0", "a-1"]);
    await bot.ask("PUT", `/v1/var/${path}?cas=${ModifyIndex}`, { Path: path, Items });
    for (const read of ["/v1/allocations", "/v1/nodes", "/v1/job/service-a", "/v1/service/service-a"]) {
      expect(await bot.ask("GET", read)).not.toBeNull();
    }
    const [id] = lab.of("service-a").map(allocationOf);
    const other = variablePath("another-job");
    const refused = await Promise.allSettled([
      bot.ask("PUT", `/v1/var/${other}`, { Path: other, Items }),
      bot.ask("DELETE", `/v1/var/${path}`),
      bot.ask("DELETE", "/v1/job/service-a"),
      bot.ask("POST", `/v1/allocation/${id}/stop`),
      bot.ask("GET", `/v1/client/fs/ls/${id}`),
      bot.ask("GET", "/v1/acl/tokens"),
    ]);
    const said = refused.map((outcome) => (outcome.status === "rejected" ? String(outcome.reason) : "allowed"));
    expect(said).toEqual(refused.map(() => expect.stringContaining("Permission denied")));
  });

  test("a job of another name is refused by Vault under the name of a service", async () => {
    await using _imposter = await startImposter(lab.nomad);
    const why = await saidOf(lab.nomad, "imposter", /jwt-nomad/);
    expect(why).toMatch(/auth\/jwt-nomad\/login.*claim "nomad_job_id" does not match/s);
  });

  test("a job that asks for another service's certificate gets none, and what ran before goes on", async () => {
    const before = await Promise.all(lab.of("service-b").map(lab.shown));
    const { Source, Variables } = await submissionOf(lab.nomad, "service-b");
    const greedy = Source.replace('"pki/issue/${var.service}"', '"pki/issue/service-a"');
    await runJob(lab.nomad, { Source: greedy, Variables });
    expect(await saidOf(lab.nomad, "service-b", /pki\/issue\/service-a/)).toMatch(
      /^Missing: vault\.write\(pki\/issue\/service-a/,
    );
    const denied = await until("Vault's refusal in a client's log", async () => {
      const logs = ["nomad client-1", "nomad client-2"].map((name) => lab.log(name));
      return /pki\/issue\/service-a[\s\S]{0,300}permission denied/.exec((await Promise.all(logs)).join("\n"));
    });
    expect(denied).not.toBeNull();
    // The canary alone: what ran before is replaced by none that is not well.
    const deployment = await lab.nomad.ask("GET", "/v1/job/service-b/deployment");
    expect(deployment).toMatchObject({
      TaskGroups: { instances: { DesiredTotal: 2, DesiredCanaries: 1, PlacedCanaries: [expect.any(String)] } },
    });
    expect((await lab.nomad.status()).problem).toMatch(
      /^Nomad's job service-b: b-\d on nomad-\d is pending \(Missing: vault/,
    );
    expect(await Promise.all(lab.of("service-b").map(lab.shown))).toEqual(before);

    await runJob(lab.nomad, { Source, Variables });
    await lab.well();
    expect(await Promise.all(lab.of("service-b").map(lab.shown))).toEqual(before);
  });
});

describe("Nomad's own certificates", () => {
  test("are replaced while it serves, the server's and the clients'", async () => {
    const { server, clients } = lab.state.ports.nomad;
    const doors = [server, ...clients].map(({ http }) => ({ host: "127.0.0.1", port: http, serverName: "localhost" }));
    const serials = async () =>
      Promise.all(doors.map(async (door) => (await shakeHands(door, lab.state.files.root)).serial));
    const before = await serials();
    const starts = ["server", "client-1", "client-2"].map((name) => lab.child(`nomad ${name}`).pid);
    for (const name of ["agent nomad-server", "agent nomad-client"]) crash(lab.child(name));
    await until("the new certificates", async () =>
      (await serials()).every((serial, index) => serial !== before[index]) ? true : null,
    );
    expect(["server", "client-1", "client-2"].map((name) => lab.child(`nomad ${name}`).pid)).toEqual(starts);
    await lab.well();
    await lab.serving("service-a", await lab.nomad.rotate("service-a"));
  });
});
