import { mkdtempDisposable, readFile, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { eventually } from "../../lab/eventually.ts";
import { makeFolder, removeFolder } from "../../lab/folder.ts";
import { type Ground, startGround } from "../../lab/ground.ts";
import { newState } from "../../lab/new-state.ts";
import { reserveFreePorts } from "../../lab/ports.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { type NomadCluster, startNomad } from "../../lab/stack/nomad.ts";
import { openbao } from "../../lab/stack/program.ts";
import type { LabInstance, LabState } from "../../lab/state.ts";
import { type Child, Supervisor } from "../../lab/supervise.ts";
import { sweep } from "../../lab/sweep.ts";
import { shakeHands } from "../../lab/visit.ts";
import { childOf } from "./child-of.ts";

const SERVED_MS = 40_000;

/** What an instance shows in a handshake. */
type Shown = Awaited<ReturnType<typeof shakeHands>>;

/** What a lab stands on, its root token still in hand, Nomad upon it, and the services as its jobs: no bot, no console. */
export interface NomadLab extends AsyncDisposable {
  state: LabState;
  ground: Ground;
  nomad: NomadCluster;
  /** A running process of the lab, by its name. */
  child(name: string): Child;
  /** Everything that process has said so far. */
  log(name: string): Promise<string>;
  /** The instances of a service, as they are now. */
  of: (service: string) => LabInstance[];
  /** Of a fresh handshake. */
  shown: (instance: LabInstance) => Promise<Shown>;
  /** What both instances of a service show, once that is this generation. */
  serving(service: string, generation: string): Promise<Shown[]>;
  /** Resolves when Nomad has no problem. */
  well(): Promise<void>;
}

export async function startNomadLab(): Promise<NomadLab> {
  await using owned = new AsyncDisposableStack();
  const { path } = owned.use(await mkdtempDisposable(join(tmpdir(), "certops-nomad-")));
  const dir = join(await realpath(path), "lab");
  const { ports, reservation } = await reserveFreePorts(["nomad"]);
  owned.use(reservation);
  await makeFolder(dir);
  owned.defer(async () => void (await removeFolder(dir)));
  owned.defer(async () => void (await sweep(dir)));
  const vault = await openbao();
  const state = await newState({
    dir,
    ports,
    profile: ["nomad"],
    connectCa: "vault",
    detached: false,
    ownSlack: false,
    vault,
  });
  const supervisor = owned.use(new Supervisor({ marker: dir }));
  const setting = { state, supervisor, onProgress() {}, onEvent() {} };
  const ground = owned.use(await startGround({ ...setting, program: vault, ownSlack: undefined }));
  const program = await findProgram("nomad");
  const nomad = owned.use(await startNomad({ ...setting, ground, program, consul: null }));
  await nomad.runServices(null);
  const kept = owned.move();
  const of = (service: string) => state.instances.filter((instance) => instance.service === service);
  const shown = (instance: LabInstance) => shakeHands(instance, state.files.root);
  const soon = () => AbortSignal.timeout(SERVED_MS);
  return {
    state,
    ground,
    nomad,
    child: (name) => childOf({ children: () => supervisor.children }, name),
    log: (name) => readFile(join(dir, "logs", `${name.replaceAll(" ", "-")}.log`), "utf8"),
    of,
    shown,
    serving(service, generation) {
      const served = async () => {
        const seen = await Promise.all(of(service).map(shown));
        return seen.length === 2 && seen.every((one) => one.generation === generation) ? seen : null;
      };
      return eventually(`${service} to serve ${generation}`, served, soon());
    },
    async well() {
      await eventually("Nomad to be well", async () => (await nomad.status()).problem === null || null, soon());
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
