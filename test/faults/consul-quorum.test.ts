import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { consulCatalog } from "../../bot/adapters/consul/catalog.ts";
import type { CatalogPlace } from "../../bot/domain/catalog.ts";
import type { Told } from "../../bot/operations/ports.ts";
import { eventually } from "../../lab/eventually.ts";
import type { ConsulStatus } from "../../lab/stack/consul.ts";
import { ConsulApi } from "../../lab/stack/consul-api.ts";
import type { LabInstance } from "../../lab/state.ts";
import { shakeHands } from "../../lab/visit.ts";
import { type ConsulLab, startConsulLab } from "../support/consul-lab.ts";
import { crash } from "../support/vault.ts";

const place: CatalogPlace = { kind: "consul", service: "service-a", tag: "mtls" };
let lab: ConsulLab;
let a1: LabInstance;
beforeAll(async () => {
  lab = await startConsulLab({ connectCa: "built-in", instances: ["a-1", "b-1"] });
  [a1] = lab.state.instances as [LabInstance];
  await status("a-1 to be well", ({ checks }) => checks["a-1"]?.status === "passing");
});
afterAll(() => lab?.[Symbol.asyncDispose]());

const soon = () => AbortSignal.timeout(60_000);

function status(awaited: string, fits: (status: ConsulStatus) => boolean): Promise<ConsulStatus> {
  const ask = async () => {
    const now = await lab.consul.status();
    return fits(now) ? now : null;
  };
  return eventually(awaited, ask, soon(), 100);
}

/** What the bot hears of service-a: its own blocking queries with its own token, each asked anew when it fails. */
async function watchServiceA() {
  const tokenFile = join(lab.state.dir, "bot/consul-token");
  await writeFile(tokenFile, lab.consul.tokens.bot, { mode: 0o600 });
  const catalog = consulCatalog({ address: lab.consul.address, caFile: lab.consul.caFile, tokenFile });
  const stop = new AbortController();
  let known: string[] = [];
  const watch = async () => {
    let after: number | null = null;
    while (!stop.signal.aborted) {
      const told: Told | null = await catalog.listed(place, after, stop.signal).catch(() => null);
      after = told?.index ?? null;
      known = told?.listing.instances.map(({ instance }) => instance).toSorted() ?? known;
      if (told === null) await delay(100);
    }
  };
  const watched = watch();
  return {
    until: (...wanted: string[]) =>
      eventually(
        `the bot to hear of ${wanted.join(", ")}`,
        () => Promise.resolve(known.join() === wanted.join() || null),
        soon(),
      ),
    async [Symbol.asyncDispose]() {
      stop.abort();
      await watched;
    },
  };
}

/** What any server knows. A query that Consul's client gives to one that is gone fails, and the next one goes to another. */
async function knownInstances(): Promise<string[]> {
  await using api = new ConsulApi(await readFile(lab.consul.caFile, "utf8"));
  const asked = api.as({ address: lab.consul.address, token: lab.consul.tokens.bot, deadlineMs: 1_000 });
  const ask = async () => (await asked("GET", "/v1/catalog/service/service-a?stale")) as { ServiceID: string }[];
  return (await eventually("an answer", ask, soon())).map(({ ServiceID }) => ServiceID).toSorted();
}

/** A new generation written in Vault is served, whatever becomes of Consul. */
async function rotates(): Promise<string> {
  const { serial: before } = await shakeHands(a1, lab.consul.caFile);
  await lab.ground.rotate("service-a");
  const renewed = async () => {
    const { serial, generation } = await shakeHands(a1, lab.consul.caFile);
    return serial !== before && generation?.startsWith("r-") ? generation : null;
  };
  return eventually("the new generation", renewed, soon());
}

/** How many elections there have been, as the present leader counts. */
async function term(): Promise<number> {
  const told = (await lab.consul.ask("GET", "/v1/operator/autopilot/health")) as { Servers: { LastTerm: number }[] };
  return Math.max(...told.Servers.map(({ LastTerm }) => LastTerm));
}

test("its leader killed, it elects one anew: queries are answered, who watches hears of news, and certificates rotate on", async () => {
  await using watched = await watchServiceA();
  await watched.until("a-1");
  const [{ leader }, before] = [await lab.consul.status(), await term()];
  const killed = lab.child(`consul ${leader}`);
  crash(killed);
  const later = async () => ((await term()) > before ? true : null);
  const [, known] = await Promise.all([
    eventually("the next term of a leader", later, soon(), 100),
    knownInstances(),
    rotates(),
  ]);
  expect(known).toContain("a-1");
  await lab.consul.register({ ...a1, instance: "a-2" });
  await watched.until("a-1", "a-2");

  // The killed one is started again and joins as who it was.
  const whole = await status("all three servers", ({ problem }) => problem === null);
  expect(killed.restarts).toBe(1);
  const { Servers: peers } = (await lab.consul.ask("GET", "/v1/operator/raft/configuration")) as {
    Servers: { Node: string; Voter: boolean }[];
  };
  const voters = peers.flatMap(({ Node, Voter }) => (Voter ? [Node] : []));
  expect(new Set(voters)).toEqual(new Set(whole.servers.map(({ name }) => name)));
}, 120_000);

test("without a quorum it says so in one sentence, all goes on being served, and it is well again by itself", async () => {
  await using watched = await watchServiceA();
  await watched.until("a-1", "a-2");
  // What changes while there is no leader, Consul's client tells only when it tries again, up to half a minute later.
  await status("all checks to pass", ({ checks }) =>
    Object.values(checks).every((check) => check.status === "passing"),
  );
  const { leader } = await lab.consul.status();
  const lost = ["server-1", "server-2", "server-3"].filter((name) => name !== leader).map((name) => `consul ${name}`);
  for (const name of lost) lab.child(name).pause();
  try {
    const told = await status("the loss to be told", ({ leader: none }) => none === null);
    expect(told.problem).toBe("Consul has no leader: 1 of 3 servers answers.");
    const generation = await rotates();
    const checked = ({ checks }: ConsulStatus) => checks["a-1"]?.output.includes(generation) ?? false;
    const { problem, checks } = await status("the check of the new generation", checked);
    expect([problem, checks["a-1"]?.status]).toEqual(["Consul has no leader: 1 of 3 servers answers.", "passing"]);
    expect(await knownInstances()).toEqual(["a-1", "a-2"]);
  } finally {
    for (const name of lost) lab.child(name).resume();
  }
  await status("a leader again", ({ problem }) => problem === null);
  await lab.consul.deregister("a-2");
  await watched.until("a-1");
}, 120_000);

test("its client killed, it says so, and comes back with all that was registered through it", async () => {
  // As a sidecar is: through the API, not by a file.
  await lab.consul.ask("PUT", "/v1/agent/service/register", { ID: "sidecar", Name: "service-a-sidecar-proxy" });
  crash(lab.child("consul client"));
  await status("the loss to be told", ({ problem }) => problem === "A client of Consul's does not answer.");
  await status("a client again that has them", ({ problem, checks }) => {
    return problem === null && Object.keys(checks).toSorted().join() === "a-1,b-1";
  });
  expect(await lab.consul.ask("GET", "/v1/agent/service/sidecar")).toMatchObject({ ID: "sidecar" });
  await status("the checks to pass", ({ checks: now }) => now["a-1"]?.status === "passing");
}, 120_000);
