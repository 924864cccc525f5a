import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../vault-config/problem.ts";
import { writeAddresses } from "./addresses.ts";
import { botSpec } from "./bot.ts";
import { writeBotConfig } from "./bot-config.ts";
import { startConsole } from "./console/server.ts";
import { type ConsoleControl, startControl } from "./control.ts";
import { findCts } from "./firewall/find-cts.ts";
import { startFirewall } from "./firewall/firewall.ts";
import { requireFirewallFits } from "./firewall/require-fits.ts";
import { makeNetwork } from "./firewall/network.ts";
import { openHosts, placedIn } from "./firewall/open-hosts.ts";
import { lockFolder, makeFolder, ownerOf, removeFolder, requireUsable } from "./folder.ts";
import { controlOf } from "./lab-control.ts";
import { newState } from "./new-state.ts";
import type { OwnSlack } from "./own-slack.ts";
import { outsideSpec } from "./outside.ts";
import { defaultPorts, requireFree, reserveFreePorts } from "./ports.ts";
import { openMesh } from "./mesh.ts";
import { seedMesh } from "./mesh-seeds.ts";
import { startServices } from "./services.ts";
import { type ConnectCa, type ConsulCluster, startConsul } from "./stack/consul.ts";
import { findProgram, type ProgramName } from "./stack/find-program.ts";
import { type NomadCluster, startNomad } from "./stack/nomad.ts";
import { type FindOptions, openbao } from "./stack/program.ts";
import { standInSpec } from "./stand-in.ts";
import { type LabPorts, type LabState, type Profile, writeState } from "./state.ts";
import { type Child, Supervisor } from "./supervise.ts";
import { sweep } from "./sweep.ts";
import { type Ground, startGround } from "./ground.ts";

export interface LabOptions {
  /** The lab's own folder, in its canonical spelling; it is made afresh and removed in the end. */
  dir: string;
  /** The documented ports, a block of free ones, or those of an earlier lab. */
  ports: "default" | "free" | LabPorts;
  /** Runs the services as Nomad's jobs; as children of the supervisor otherwise. */
  nomad?: boolean;
  /** Adds Consul, and the services behind sidecars; with this authority for the mesh. */
  connect?: ConnectCa;
  /** Puts it into a network of its own: hosts in zones around a router, with Consul and CTS to change the router's rules. */
  firewall?: boolean;
  /** Has renewals of service-b take the approver's passkey. */
  stepUp?: boolean;
  /** A bao or vault program to run in place of the one that is found. */
  vaultPath?: string;
  detached?: boolean;
  /** The bot joins it; the stand-in serves otherwise. */
  ownSlack?: OwnSlack;
  /** Ends a start that is under way. */
  signal?: AbortSignal;
  /** Called with what begins. */
  onProgress?: (line: string) => void;
  /** Called when somebody asks through the control socket to start anew. */
  onReset?: () => void;
  editBotConfig?: (config: Record<string, unknown>) => Record<string, unknown>;
}

/** A lab that is up. Disposing takes it down and leaves nothing behind. */
export interface Lab extends AsyncDisposable {
  state: LabState;
  children(): readonly Child[];
  control: ConsoleControl;
  /** null where the profile has none. */
  consul: ConsulCluster | null;
  nomad: NomadCluster | null;
}

/** Brings up the default profile and resolves when all of it is ready. Fails with a `Problem`, having left nothing behind. */
export async function startLab(options: LabOptions): Promise<Lab> {
  const { dir, ownSlack, signal = new AbortController().signal, onProgress = () => {} } = options;
  await using stack = new AsyncDisposableStack();
  stack.use(await claim(dir));
  await requireUsable(dir);
  await sweep(dir);
  const profile = profileOf(options);
  if (options.firewall) requireFirewallFits(options);
  const ports = await choosePorts(options.ports, profile, stack);
  onProgress("Finding OpenBao");
  const program = await openbao({
    onProgress,
    signal,
    ...(options.vaultPath === undefined ? {} : { path: options.vaultPath }),
  });
  const programs = await findPrograms(profile, { onProgress, signal });
  await makeFolder(dir);
  stack.defer(async () => {
    const kept = await removeFolder(dir);
    if (kept.length > 0) onProgress(`Kept in ${dir}, for no lab made it: ${kept.join(", ")}`);
  });
  stack.defer(async () => void (await sweep(dir)));

  const network = options.firewall ? stack.use(await makeNetwork()) : null;
  const state = await newState({
    dir,
    ports,
    profile,
    connectCa: options.connect ?? (options.firewall ? "built-in" : "vault"),
    detached: options.detached ?? false,
    ownSlack: ownSlack !== undefined,
    stepUp: options.stepUp ?? false,
    vault: program,
    cts: programs.cts,
  });
  const events = join(dir, "logs", "supervisor.log");
  const onEvent = (line: string) => void appendFile(events, `${new Date().toISOString()} ${line}\n`).catch(() => {});
  const alarms: string[] = [];
  const failure = (error: unknown) => {
    if (error instanceof Problem && error.code === "WRAP_ALREADY_OPENED") alarms.push(`${error.message} ${error.hint}`);
  };
  const supervisor = stack.use(
    new Supervisor({
      marker: dir,
      signal,
      watcher: { event: onEvent, failure },
      ...(network && { place: placedIn(network) }),
    }),
  );
  if (network) stack.use(await openHosts({ state, supervisor }));

  const ground = stack.use(await startGround({ state, program, supervisor, ownSlack, onProgress, onEvent }));
  const setting = { state, ground, supervisor, onProgress, onEvent };
  const consul = programs.consul
    ? stack.use(await startConsul({ ...setting, program: programs.consul, connectCa: state.connectCa }))
    : null;
  if (consul && options.connect) await seedMesh(consul.ask);
  const nomad = programs.nomad ? stack.use(await startNomad({ ...setting, program: programs.nomad, consul })) : null;
  await ground.revokeRoot();
  const beginFirewall = async () => {
    const { terraform, cts } = programs;
    if (!network || !consul || !terraform || !cts) return null;
    return stack.use(await startFirewall({ ...setting, network, consul, terraform, cts }));
  };

  onProgress("Starting the services, the bot and the Slack stand-in");
  const standIn = supervisor.spawn(await standInSpec(state));
  await writeBotConfig(state, ownSlack, options.editBotConfig);
  const [firewall] = await Promise.all([
    beginFirewall(),
    startBot(supervisor, ground, state, standIn),
    nomad ? nomad.runServices(programs.envoy) : startServices({ ...setting, consul, envoy: programs.envoy }),
  ]);
  const mesh = consul && options.connect ? await openMesh({ state, consul }) : null;
  await writeAddresses(state);
  await supervisor.spawn(outsideSpec(state));

  onProgress("Opening the console");
  const control = controlOf({ state, supervisor, ground, consul, nomad, mesh, firewall, alarms });
  stack.use(await startConsole({ port: ports.console, control, state }));
  await writeState(state);
  stack.use(await startControl({ socket: state.files.control, control, onReset: options.onReset ?? (() => {}) }));
  const owned = stack.move();
  return {
    state,
    control,
    consul,
    nomad,
    children: () => supervisor.children,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function claim(dir: string): Promise<AsyncDisposable> {
  const lock = await lockFolder(dir);
  if (lock !== null) return lock;
  const owner = await ownerOf(dir);
  throw new Problem(
    "LAB_LOCKED",
    `A lab is being started or stopped in ${dir}${owner === null ? "" : ` by process ${owner.pid}`}.`,
    "Wait for it, or stop it with `npm run lab -- down`.",
  );
}

function profileOf({ nomad = false, connect, firewall = false }: LabOptions): Profile[] {
  const wanted = { nomad, connect: connect !== undefined, firewall };
  const chosen = (["nomad", "connect", "firewall"] as const).filter((name) => wanted[name]);
  return chosen.length === 0 ? ["default"] : chosen;
}

async function choosePorts(
  wanted: LabOptions["ports"],
  profile: Profile[],
  stack: AsyncDisposableStack,
): Promise<LabPorts> {
  if (wanted === "free") {
    const { ports, reservation } = await reserveFreePorts(profile);
    stack.use(reservation);
    return ports;
  }
  const ports = wanted === "default" ? defaultPorts : wanted;
  await requireFree(ports, profile);
  return ports;
}

async function startBot(supervisor: Supervisor, ground: Ground, state: LabState, standIn: Promise<Child>) {
  await Promise.all([ground.startBotAgent(), standIn]);
  await supervisor.spawn(botSpec(state));
}

async function findPrograms(profile: Profile[], options: Pick<FindOptions, "onProgress" | "signal">) {
  const connect = profile.includes("connect");
  const firewall = profile.includes("firewall");
  const find = (name: ProgramName, wanted: boolean) => (wanted ? findProgram(name, options) : null);
  return {
    consul: await find("consul", connect || firewall),
    envoy: await find("envoy", connect),
    nomad: await find("nomad", profile.includes("nomad")),
    terraform: await find("terraform", firewall),
    cts: firewall ? await findCts(options) : null,
  };
}
