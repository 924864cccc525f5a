import { Problem } from "../vault-config/problem.ts";
import { holdRenewals } from "./bot.ts";
import { runCase } from "./cases/run.ts";
import type { ConsoleControl } from "./control.ts";
import { agentOf, type Ground } from "./ground.ts";
import type { Firewall } from "./firewall/firewall.ts";
import type { Mesh } from "./mesh.ts";
import { sampleTraffic } from "./outside.ts";
import type { ConsulCluster } from "./stack/consul.ts";
import { isOffered } from "./stack/consul-offered.ts";
import type { NomadCluster } from "./stack/nomad.ts";
import { clientFolder } from "./stack/nomad-allocations.ts";
import type { LabState } from "./state.ts";
import { gatherStatus } from "./status.ts";
import { compareChangeModes } from "./steps/change-modes.ts";
import type { Supervisor } from "./supervise.ts";

/** What may be asked of a lab that is up: one thing at a time of those that change it. */
export function controlOf(of: {
  state: LabState;
  supervisor: Supervisor;
  ground: Ground;
  consul: ConsulCluster | null;
  nomad: NomadCluster | null;
  mesh: Mesh | null;
  firewall: Firewall | null;
  alarms: string[];
}): ConsoleControl {
  const { state, supervisor, ground, consul, nomad, mesh, firewall, alarms } = of;
  let busy: string | null = null;
  const child = (name: string) => {
    const found = supervisor.children.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Problem("CHILD_MISSING", `${name} does not run.`, "npm run lab -- status");
    return found;
  };
  const alone = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    if (busy !== null) throw new Problem("LAB_BUSY", `The lab is busy with ${busy}.`, "Try again when it is done.");
    busy = what;
    try {
      return await work();
    } finally {
      busy = null;
    }
  };
  const services = [...new Set(state.instances.map(({ service }) => service))];
  const traffic = () => sampleTraffic(state);
  /** Processes have one another's addresses from the start; jobs have them from Consul, while its checks find them well. */
  const listed = async () => {
    if (consul === null || nomad === null) return true;
    return (await Promise.all(state.instances.map((one) => isOffered(consul.ask, one, "service")))).every(Boolean);
  };
  return {
    traffic,
    status: () =>
      gatherStatus({
        state,
        alarms,
        children: supervisor.children,
        vaultProblem: () => ground.vaultProblem(),
        consul,
        nomad,
        mesh,
        firewall,
      }),
    rotate: (service) =>
      alone(`rotating ${service}`, async () => {
        await (nomad ?? ground).rotate(service);
      }),
    async rotateMeshRoot() {
      if (mesh === null)
        throw new Problem("NO_MESH", "This lab has no mesh.", "Start one that has: npm start -- --connect");
      await alone("rotating the mesh's root", () => mesh.rotateRoot());
    },
    async moveInstance(instance) {
      if (firewall === null)
        throw new Problem("NO_FIREWALL", "This lab has no firewall.", "Start one that has: npm start -- --firewall");
      await alone(`moving ${instance}`, () => firewall.move(instance));
    },
    async runStep(name) {
      if (nomad === null) {
        throw new Problem("NO_NOMAD", "This lab has no Nomad.", "Start one that has: npm start -- --nomad");
      }
      return alone(`the step ${name}`, () =>
        compareChangeModes({
          state,
          nomad,
          traffic,
          hold: (service, reason) => holdRenewals(state, [service], reason),
        }),
      );
    },
    runCase: (name) =>
      alone(`the case ${name}`, () =>
        runCase(name, {
          state,
          mesh,
          listed,
          traffic,
          rendererOf: ({ instance, runsIn }) =>
            child(runsIn.kind === "nomad" ? `nomad ${clientFolder(runsIn.node)}` : agentOf(instance)),
          hold: (reason) => holdRenewals(state, services, reason),
          issueShortLeaf: (instance) => ground.issueShortLeaf(instance),
        }),
      ),
  };
}
