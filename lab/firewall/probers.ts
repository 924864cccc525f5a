import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { prober, routerReader, type ServerCertificate } from "../../vault-config/servers.ts";
import { eventually } from "../eventually.ts";
import type { LabState } from "../state.ts";
import type { ChildSpec } from "../supervise.ts";
import { firewallServers, hosts, PROBER_PORT, READER_PORT } from "./zones.ts";

const PROGRAMS = join(import.meta.dirname, "../../services/firewall");
/** The name in the bot's certificate. */
const CALLER = "certops-bot";

/** Where each finds what its agent renders. */
export interface GuardedFiles {
  identityOf(name: string): string;
  crl: string;
}

/** The prober on each zone's host, and the reader of the router's counters. */
export function guardedSpecs(state: LabState, files: GuardedFiles): ChildSpec[] {
  const { probers, reader } = firewallServers;
  const probing = probers.map((one) => ({
    certificate: prober(one),
    host: hosts.find(({ zone }) => zone === one.zone)?.name ?? "management",
    program: "prober-main.ts",
    port: PROBER_PORT,
  }));
  const reading = {
    certificate: routerReader(reader),
    host: "router" as const,
    program: "router-reader-main.ts",
    port: READER_PORT,
  };
  return [...probing, reading].map((one) => guardedSpec(state, files, one));
}

function guardedSpec(
  { dir, files: { root, rootCrl } }: LabState,
  files: GuardedFiles,
  {
    certificate: { name, common, ip },
    host,
    program,
    port,
  }: { certificate: ServerCertificate; host: NonNullable<ChildSpec["host"]>; program: string; port: number },
): ChildSpec {
  const log = join(dir, "logs", `${name}.log`);
  const said = () => readFile(log, "utf8").catch(() => "");
  let earlier = 0;
  return {
    name,
    host,
    command: process.execPath,
    args: [join(PROGRAMS, program)],
    log,
    env: {
      HOST: ip,
      PORT: String(port),
      IDENTITY_FILE: files.identityOf(name),
      CA_FILE: root,
      CRL_FILES: `${rootCrl},${files.crl}`,
      SERVER_NAME: common,
      CALLER,
    },
    async before() {
      earlier = (await said()).length;
    },
    async ready(signal) {
      const listens = async () => ((await said()).includes('"event":"listening"', earlier) ? true : null);
      await eventually(name, listens, signal);
    },
  };
}
