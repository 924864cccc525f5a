import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { nomadCatalog } from "../../bot/adapters/nomad/catalog.ts";
import { nomadClient } from "../../bot/adapters/nomad/client.ts";
import { nomadPlacements } from "../../bot/adapters/nomad/placements.ts";
import type { CatalogPlace, Listed } from "../../bot/domain/catalog.ts";
import { whyAway } from "../../bot/domain/placement.ts";
import type { Catalog, Placements, Told } from "../../bot/operations/ports.ts";
import type { DevAgent } from "../support/dev-agent.ts";
import { startDevNomad } from "../support/nomad-dev.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const folder = temporaryFolder();
const tokenFile = folder.file("nomad-token");
const place: CatalogPlace = { kind: "nomad", service: "service-a", tag: "mtls" };
const signal = new AbortController().signal;
// As certops.example.yaml asks for.
const rules = 'namespace "default" { capabilities = ["list-jobs", "read-job"] }\nnode { policy = "read" }';

let nomad: DevAgent;
let catalog: Catalog;
let placements: Placements;
beforeAll(async () => {
  nomad = await startDevNomad();
  writeFileSync(tokenFile, await nomad.token(rules));
  const client = nomadClient({ address: nomad.address, caFile: folder.file("none.pem"), tokenFile });
  catalog = nomadCatalog(client, 1_000);
  placements = nomadPlacements(client);
});
afterAll(async () => {
  await nomad?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface JobChanges {
  count?: number;
  script?: string;
  constraints?: object[];
}

/** A job whose task runs this script of Node's, restarted never and replaced at once. */
async function runJob(
  job: string,
  { count = 2, script = "setInterval(() => {}, 60_000)", constraints = [] }: JobChanges = {},
) {
  const at = (label: string) => ({ Label: label });
  const Job = {
    ID: job,
    Name: job,
    Type: "service",
    Datacenters: ["dc1"],
    Constraints: constraints,
    TaskGroups: [
      {
        Name: "instances",
        Count: count,
        RestartPolicy: { Attempts: 0, Interval: 5e9, Delay: 1e9, Mode: "fail" },
        ReschedulePolicy: { Attempts: 0, Unlimited: false },
        Networks: [{ DynamicPorts: [at("https"), at("admin")] }],
        Services: [
          {
            Name: job,
            Provider: "nomad",
            PortLabel: "https",
            Tags: ["mtls", "instance=a-${NOMAD_ALLOC_INDEX}", "admin=${NOMAD_ADDR_admin}"],
          },
        ],
        Tasks: [
          {
            Name: "server",
            Driver: "raw_exec",
            Config: { command: process.execPath, args: ["-e", script] },
            Resources: { CPU: 20, MemoryMB: 20 },
          },
        ],
      },
    ],
  };
  await nomad.ask("PUT", "/v1/jobs", { Job });
}

/** The listing by its instances' names, as soon as it is as wanted. */
async function listedWhen(isSo: (listed: Map<string, Listed>) => boolean): Promise<Map<string, Listed>> {
  let told: Told | null = null;
  for (;;) {
    told = await catalog.listed(place, told?.index ?? null, signal);
    const listed = new Map(told.listing.instances.map((one) => [one.instance, one]));
    if (isSo(listed)) return listed;
  }
}

const whyOf = async (job: string, instance: string) => {
  const all = await placements({ job, tag: "mtls" });
  return whyAway(all.find((one) => one.instance === instance) ?? "not of the job");
};

describe("Nomad's catalog and placements", () => {
  test("list the instances of a job as they come, move and go", async () => {
    await runJob("service-a");
    const first = await listedWhen((listed) => listed.size === 2);
    expect([...first.keys()].toSorted()).toEqual(["a-0", "a-1"]);
    const { listing } = await catalog.listed(place, null, signal);
    expect(listing.instances[0]).toMatchObject({
      host: "127.0.0.1",
      admin: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    });

    await expect.poll(() => whyOf("service-a", "a-1"), { timeout: 45_000 }).toBeNull();
    const placed = await placements({ job: "service-a", tag: "mtls" });
    expect(placed.map(({ instance }) => instance)).toEqual(["a-0", "a-1"]);
    expect(await placements({ job: "service-a", tag: "mesh" })).toEqual([]);

    const stopped = placed[1]?.allocation?.id;
    await nomad.ask("PUT", `/v1/allocation/${stopped}/stop`);
    // The allocation that takes its place: registered anew, and once in a while at the very port that came free.
    const registered = (listed: Map<string, Listed>) => listed.get("a-1")?.registered ?? 0;
    const moved = await listedWhen((listed) => registered(listed) > registered(first));
    expect(moved.get("a-0")).toEqual(first.get("a-0"));

    await runJob("service-a", { count: 1 });
    await listedWhen((listed) => listed.size === 1 && listed.has("a-0"));
    expect(await whyOf("service-a", "a-1")).toBe("Nomad's job has no instance of that name any more.");
  });

  test("a task that ends with a failure is told with its exit", async () => {
    await runJob("broken", { count: 1, script: "process.exit(3)" });
    await expect
      .poll(() => whyOf("broken", "a-0"), { timeout: 45_000 })
      .toMatch(/^Its allocation [0-9a-f]{8} on \S+ failed: .*Exit Code: 3/);
  });

  test("an instance that there is no room for is told with what stands in the way", async () => {
    await runJob("homeless", {
      count: 1,
      constraints: [{ LTarget: "${node.unique.name}", RTarget: "nowhere", Operand: "=" }],
    });
    await expect
      .poll(() => whyOf("homeless", "a-0"), { timeout: 45_000 })
      .toBe("Nomad has no place for it: ${node.unique.name} = nowhere on 1 of 1 node.");
  });

  test("a job that there is not is said to be missing", async () => {
    await expect(placements({ job: "nowhere", tag: null })).rejects.toMatchObject({ code: "nomad-no-job" });
  });
});
