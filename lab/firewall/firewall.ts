import { join } from "node:path";
import { ctsServer, prober, routerReader } from "../../vault-config/servers.ts";
import type { Ground } from "../ground.ts";
import { startFirewallAgent } from "../stack/lab-agents.ts";
import type { ConsulCluster } from "../stack/consul.ts";
import type { Program } from "../stack/find-program.ts";
import type { LabState } from "../state.ts";
import type { Supervisor } from "../supervise.ts";
import { ctsIdentity, startCts } from "./cts.ts";
import type { CtsProgram } from "./find-cts.ts";
import { firewallStatus, type FirewallStatus } from "./firewall-status.ts";
import type { Namespaces } from "./namespaces.ts";
import { guardedSpecs } from "./probers.ts";
import { WatchedCall } from "./watched-call.ts";
import { startZonedServices, type ZonedServices } from "./zoned-services.ts";
import { firewallServers } from "./zones.ts";

/** Shows its page to whoever comes, certificate or not. */
const CALLER = "service-a";

/** The services behind the router, and all by which the router's rules are changed and proven. */
export interface Firewall extends AsyncDisposable, ZonedServices {
  status(): Promise<FirewallStatus | null>;
}

export async function startFirewall(of: {
  state: LabState;
  network: Namespaces;
  ground: Ground;
  supervisor: Supervisor;
  consul: ConsulCluster;
  terraform: Program;
  cts: CtsProgram;
  onEvent: (line: string) => void;
}): Promise<Firewall> {
  const { state, network, ground, supervisor, cts } = of;
  await using owned = new AsyncDisposableStack();
  const beginTools = async () => {
    await startFirewallAgent(ground.agents, crlFile(state.dir), certificates(state.dir));
    const specs = guardedSpecs(state, { identityOf: (name) => identityOf(state.dir, name), crl: crlFile(state.dir) });
    await Promise.all([
      startCts({ ...of, program: cts }).then((started) => owned.use(started)),
      ...specs.map((spec) => supervisor.spawn(spec)),
    ]);
  };
  const [services] = await Promise.all([startZonedServices(of), beginTools()]);
  const callers = (state.firewall?.services ?? []).filter(({ service }) => service === CALLER);
  const calls = callers.map((one) => owned.use(new WatchedCall(one, state.files.root)));
  const kept = owned.move();
  return {
    ...services,
    status: () =>
      firewallStatus({
        state,
        network,
        children: supervisor.children,
        calls: calls.map(({ latest }) => latest),
      }),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Where each server around the firewall finds its certificate. */
function certificates(dir: string) {
  const { probers, reader } = firewallServers;
  const others = [...probers.map(prober), routerReader(reader)];
  return [
    { certificate: ctsServer, destination: ctsIdentity(dir) },
    ...others.map((certificate) => ({ certificate, destination: identityOf(dir, certificate.name) })),
  ];
}

/** Of a prober or the router's reader, by the name in its certificate's role. */
function identityOf(dir: string, name: string): string {
  return join(dir, "firewall", name, "identity.pem");
}

/** The intermediate's revocation list, for those who look their callers up. */
function crlFile(dir: string): string {
  return join(dir, "firewall", "intermediate.crl");
}
