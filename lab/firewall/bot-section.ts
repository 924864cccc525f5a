import { join } from "node:path";
import type { LabState } from "../state.ts";
import { firewallServers, hosts, networkOf, PROBER_PORT, READER_PORT } from "./zones.ts";

const MODULE = join(import.meta.dirname, "../../nomad/firewall");

/** How the bot changes the firewall: the section `firewall` of its certops.yaml. */
export function botSection({ urls, profile }: LabState): object {
  if (!profile.includes("firewall")) return {};
  const { probers, reader } = firewallServers;
  const proberOf = (zone: string) => probers.find((one) => one.zone === zone)?.ip;
  return {
    firewall: {
      cts: { address: urls.cts, task: "firewall", module: MODULE, variables: { network_namespace: "router" } },
      zones: Object.fromEntries(
        hosts.map(({ zone, net, addresses }) => [
          zone,
          {
            cidrs: [networkOf(net)],
            prober: `https://${proberOf(zone)}:${PROBER_PORT}`,
            address: addresses[0],
            ...(zone === "outside" && { untrusted: true }),
          },
        ]),
      ),
      router: `https://${reader.ip}:${READER_PORT}`,
      self: hosts[0]?.addresses[0],
      policy: { forbiddenPorts: ["23", "3389-3390"], apart: [["outside", "database"]], largestRange: 16 },
      valid: "90d",
      longest: "365d",
      approval: { role: "approver", deadline: "1h" },
      look: "5s",
    },
  };
}
