import { mkdtempDisposable, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "../../lab/folder.ts";
import { type Ground, startGround } from "../../lab/ground.ts";
import { newState } from "../../lab/new-state.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { startServices } from "../../lab/services.ts";
import { type ConnectCa, type ConsulCluster, startConsul } from "../../lab/stack/consul.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { openbao } from "../../lab/stack/program.ts";
import type { LabState } from "../../lab/state.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { childOf } from "./child-of.ts";

/** What a lab stands on, Consul upon it, and those instances that were asked for: no bot, no mesh. */
export interface ConsulLab extends AsyncDisposable {
  state: LabState;
  ground: Ground;
  consul: ConsulCluster;
  supervisor: Supervisor;
  /** A running process of the lab, by its name. */
  child(name: string): Child;
}

export async function startConsulLab(
  options: { connectCa?: ConnectCa; instances?: string[]; mesh?: string[] } = {},
): Promise<ConsulLab> {
  const { connectCa = "vault", instances = [], mesh = [] } = options;
  await using owned = new AsyncDisposableStack();
  const { path } = owned.use(await mkdtempDisposable(join(tmpdir(), "certops-consul-")));
  const dir = join(await realpath(path), "lab");
  const { ports, reservation } = await reserveFreePorts(["connect"]);
  owned.use(reservation);
  await makeFolder(dir);
  const [program, vault] = await Promise.all([findProgram("consul"), openbao()]);
  const state = await newState({
    dir,
    ports,
    profile: ["connect"],
    connectCa,
    detached: false,
    ownSlack: false,
    vault,
  });
  state.instances = state.instances.filter(({ instance }) => instances.includes(instance));
  state.mesh = state.mesh.filter(({ instance }) => mesh.includes(instance));
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  const told = { onProgress() {}, onEvent() {} };
  const ground = owned.use(await startGround({ state, program: vault, supervisor, ownSlack: undefined, ...told }));
  const consul = owned.use(await startConsul({ state, program, ground, supervisor, connectCa, ...told }));
  await startServices({ state, ground, supervisor, consul, envoy: null });
  const kept = owned.move();
  return {
    state,
    ground,
    consul,
    supervisor,
    child: (name) => childOf({ children: () => supervisor.children }, name),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
