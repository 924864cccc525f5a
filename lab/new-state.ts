import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { layOutFirewall } from "./firewall/layout.ts";
import { thisProcess } from "./processes.ts";
import { layOut } from "./instances.ts";
import { layOutMesh } from "./mesh-instances.ts";
import { HOST } from "./ports.ts";
import type { FirewallState, LabPorts, LabState, Profile } from "./state.ts";

const secret = (bytes: number) => randomBytes(bytes).toString("hex");

/** A lab as it will be, with secrets of its own, before anything of it runs. */
export async function newState(options: {
  dir: string;
  ports: LabPorts;
  profile: Profile[];
  connectCa: LabState["connectCa"];
  stepUp?: boolean;
  detached: boolean;
  ownSlack: boolean;
  vault: LabState["programs"]["vault"];
  /** What a lab with a firewall has. */
  cts?: FirewallState["cts"] | null;
}): Promise<LabState> {
  const { dir, ports, profile, connectCa, stepUp = false, detached, ownSlack: own, vault, cts = null } = options;
  const services = ["service-a", "service-b"];
  return {
    version: 1,
    id: secret(6),
    dir,
    startedAt: Date.now(),
    supervisor: { ...(await thisProcess()), detached },
    profile,
    connectCa,
    stepUp,
    urls: {
      vault: `https://${HOST}:${ports.vault}`,
      bot: `http://${HOST}:${ports.bot}`,
      slack: `http://${HOST}:${ports.slack}`,
      console: `http://localhost:${ports.console}`,
      ...((profile.includes("connect") || profile.includes("firewall")) && {
        consul: `https://${HOST}:${ports.consul.client.https}`,
      }),
      ...(profile.includes("nomad") && { nomad: `https://${HOST}:${ports.nomad.server.http}` }),
      ...(profile.includes("firewall") && { cts: `https://${HOST}:${ports.firewall.cts}` }),
    },
    ports,
    files: {
      root: join(dir, "pki", "root.pem"),
      rootCrl: join(dir, "pki", "root.crl"),
      vaultAudit: join(dir, "vault", "audit.log"),
      certopsYaml: join(dir, "bot", "certops.yaml"),
      botSocket: join(dir, "bot", "bot.sock"),
      control: join(dir, "control.sock"),
      addresses: Object.fromEntries(services.map((name) => [name, join(dir, "instances", `${name}.addresses`)])),
    },
    slack: {
      signingSecret: secret(16),
      botToken: `xoxb-lab-${secret(16)}`,
      consoleToken: secret(24),
      channel: { id: "C0CERTS", name: "certificates" },
      own,
    },
    instances: profile.includes("nomad") ? [] : layOut(dir, ports),
    mesh: profile.includes("connect") && !profile.includes("nomad") ? layOutMesh(ports) : [],
    firewall: cts && layOutFirewall(dir, ports, cts),
    traffic: { adminPort: ports.traffic },
    programs: { vault },
  };
}
