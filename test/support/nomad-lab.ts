import { mkdtempDisposable, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder, removeFolder } from "../../lab/folder.ts";
import { type Ground, startGround } from "../../lab/ground.ts";
import { seedMesh } from "../../lab/mesh-seeds.ts";
import { newState } from "../../lab/new-state.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { type ConsulCluster, startConsul } from "../../lab/stack/consul.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { type NomadCluster, startNomad } from "../../lab/stack/nomad.ts";
import { openbao } from "../../lab/stack/program.ts";
import type { LabState } from "../../lab/state.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { sweep } from "../../lab/sweep.ts";

/** What a lab stands on, its root token still in hand, Nomad upon it, and the services as its jobs: no bot, no console. */
export interface NomadLab extends AsyncDisposable {
  state: LabState;
  ground: Ground;
  nomad: NomadCluster;
  consul: ConsulCluster | null;
  supervisor: Supervisor;
  /** A running process of the lab, by its name. */
  child(name: string): Child;
  /** Everything that process has said so far. */
  log(name: string): Promise<string>;
}

/** With Consul too, and the services behind sidecars as well, where `connect` is set. */
export async function startNomadLab({ connect = false } = {}): Promise<NomadLab> {
  await using owned = new AsyncDisposableStack();
  const { path } = owned.use(await mkdtempDisposable(join(tmpdir(), "certops-nomad-")));
  const dir = join(await realpath(path), "lab");
  const profile = connect ? (["nomad", "connect"] as const) : (["nomad"] as const);
  const { ports, reservation } = await reserveFreePorts(profile);
  owned.use(reservation);
  await makeFolder(dir);
  owned.defer(async () => void (await removeFolder(dir)));
  owned.defer(async () => void (await sweep(dir)));
  const vault = await openbao();
  const state = await newState({
    dir,
    ports,
    profile: [...profile],
    connectCa: "vault",
    detached: false,
    ownSlack: false,
    vault,
  });
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  const setting = { state, supervisor, onProgress() {}, onEvent() {} };
  const ground = owned.use(await startGround({ ...setting, program: vault, ownSlack: undefined }));
  const consul = connect
    ? owned.use(
        await startConsul({ ...setting, ground, program: await findProgram("consul"), connectCa: state.connectCa }),
      )
    : null;
  if (consul) await seedMesh(consul.ask);
  const program = await findProgram("nomad");
  const nomad = owned.use(await startNomad({ ...setting, ground, program, consul }));
  await nomad.runServices(connect ? await findProgram("envoy") : null);
  const kept = owned.move();
  return {
    state,
    ground,
    nomad,
    consul,
    supervisor,
    child(name) {
      const found = supervisor.children.find((child) => child.name === name);
      if (found === undefined) throw new Error(`the lab runs no ${name}`);
      return found;
    },
    log: (name) => readFile(join(dir, "logs", `${name.replaceAll(" ", "-")}.log`), "utf8"),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
