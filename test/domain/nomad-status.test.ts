import { describe, expect, test } from "vitest";
import { type Allocation, instancesOf, meshOf } from "../../lab/stack/nomad-allocations.ts";
import { problemOf } from "../../lab/stack/nomad-status.ts";

const port = (Label: string, Value: number) => ({ Label, Value, HostIP: "127.0.0.1" });
const allocation = (changed: Partial<Allocation> = {}): Allocation => ({
  ID: "f00d",
  Name: "service-a.instances[0]",
  JobID: "service-a",
  TaskGroup: "instances",
  NodeName: "nomad-1",
  CreateIndex: 1,
  ClientStatus: "running",
  DesiredStatus: "run",
  DeploymentStatus: { Healthy: true },
  TaskStates: null,
  AllocatedResources: { Shared: { Ports: [port("https", 19_000), port("admin", 19_001)] } },
  ...changed,
});
const events = (...told: [Type: string, DisplayMessage: string][]) => ({
  service: { Events: told.map(([Type, DisplayMessage]) => ({ Type, DisplayMessage })) },
});
const again: [string, string] = ["Restarting", "Task restarting in 1.1s"];
const node = (Name: string, Status = "ready", SchedulingEligibility: "eligible" | "ineligible" = "eligible") => ({
  Name,
  Status,
  SchedulingEligibility,
});
const counted = (Running: number, Unhealthy = 0) => ({
  job: "service-a",
  groups: { instances: { Desired: 2, Running, Unhealthy } },
});

describe("what the status says of Nomad", () => {
  test.each([
    ["all is well", [node("nomad-1")], [allocation()], counted(2), null],
    [
      "a node is down",
      [node("nomad-1"), node("nomad-2", "down")],
      [],
      counted(2),
      "Nomad's node nomad-2 is down: what ran there is started on another.",
    ],
    ["a node starts", [node("nomad-1", "initializing")], [], counted(2), "Nomad's node nomad-1 is initializing."],
    [
      "a node is drained",
      [node("nomad-1", "ready", "ineligible")],
      [],
      counted(2),
      "Nomad's node nomad-1 takes no allocations.",
    ],
    ["there is no such job", [], [], { job: "service-a", groups: null }, "Nomad runs no job service-a."],
    [
      "an instance is missing and nothing is known of it",
      [],
      [allocation({ ClientStatus: "lost" })],
      counted(1),
      "Nomad's job service-a: 1 of 2 allocations of group instances are well.",
    ],
    [
      "an instance does not come up: the event that failed it is told, not what followed",
      [],
      [
        allocation({
          ClientStatus: "pending",
          DeploymentStatus: { Healthy: false },
          TaskStates: events(
            ["Received", "Task received by client"],
            ["Killing", "Vault:\n* no such role."],
            ["Alloc Unhealthy", "Unhealthy because of failed task"],
          ),
        }),
      ],
      counted(1),
      "Nomad's job service-a: 1 of 2 allocations of group instances are well; a-0 on nomad-1 is pending (Vault: * no such role).",
    ],
    [
      "an instance runs and its check fails, while two others are well",
      [],
      [allocation({ DeploymentStatus: { Healthy: false } })],
      counted(3, 1),
      "Nomad's job service-a: a-0 on nomad-1 runs and fails its check.",
    ],
    [
      "an instance runs without one of its tasks, which ends after each start",
      [],
      [
        allocation({
          TaskStates: events(["Terminated", "Exit Code: 1"], again, ["Terminated", "Exit Code: 1"], again),
        }),
      ],
      counted(2),
      "Nomad's job service-a: a-0 on nomad-1 runs without its service, which does not stay up (Exit Code: 1).",
    ],
    [
      "a task is started again as somebody asked, once",
      [],
      [allocation({ TaskStates: events(["Restart Signaled", ""], ["Terminated", "Exit Code: 0"], again) })],
      counted(2),
      null,
    ],
    ["another job ails", [], [allocation({ JobID: "other", ClientStatus: "pending" })], counted(2), null],
  ])("%s", (_, nodes, allocations, job, problem) => {
    expect(problemOf(nodes, allocations, [job])).toBe(problem);
  });
});

describe("the instances of the state", () => {
  const state = { dir: "/lab" };

  test("are the allocations that run, by their place, with their file on this machine", () => {
    expect(instancesOf(state, [allocation()])).toEqual([
      {
        service: "service-a",
        instance: "a-0",
        host: "127.0.0.1",
        port: 19_000,
        serverName: "service-a.example.com",
        adminPort: 19_001,
        identityFile: "/lab/nomad/client-1/data/alloc/f00d/service/secrets/identity.pem",
        runsIn: { kind: "nomad", allocation: "f00d", node: "nomad-1" },
      },
    ]);
  });

  test("leave out what is not wanted, does not run, or belongs to another job", () => {
    const out = [
      allocation({ DesiredStatus: "stop" }),
      allocation({ ClientStatus: "pending" }),
      allocation({ ClientStatus: "lost" }),
      allocation({ JobID: "imposter" }),
      allocation({ TaskGroup: "mesh" }),
    ];
    expect(instancesOf(state, out)).toEqual([]);
  });

  test("are the old one's in a place until the new one is healthy", () => {
    const ids = (...allocations: Allocation[]) => instancesOf(state, allocations).map(({ runsIn }) => runsIn);
    const old = allocation({ ID: "old", CreateIndex: 1 });
    const canary = allocation({ ID: "new", CreateIndex: 2, DeploymentStatus: null });
    expect(ids(canary, old)).toEqual([expect.objectContaining({ allocation: "old" })]);
    const proven = { ...canary, DeploymentStatus: { Healthy: true } };
    expect(ids(proven, old)).toEqual([expect.objectContaining({ allocation: "new" })]);
    expect(ids(canary)).toEqual([expect.objectContaining({ allocation: "new" })]);
  });

  test("have their ports by label where they are behind a sidecar", () => {
    const labels = ["http", "admin", "sidecar", "envoy_admin", "upstream"];
    const Ports = labels.map((label, index) => port(label, 19_000 + index));
    const mesh = allocation({ TaskGroup: "mesh", AllocatedResources: { Shared: { Ports } } });
    expect(meshOf([mesh])).toMatchObject([
      {
        instance: "a-mesh",
        port: 19_000,
        adminPort: 19_001,
        sidecarPort: 19_002,
        envoyAdminPort: 19_003,
        upstreamPort: 19_004,
      },
    ]);
  });
});
