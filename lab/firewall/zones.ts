import type { FirewallServers } from "../../vault-config/servers.ts";

/** Where a child of a lab with a firewall may run. */
export type HostName = "management" | "application" | "database" | "outsider" | "router";

export interface Host {
  name: Exclude<HostName, "router">;
  zone: string;
  /** The third number of its zone's network, in which the router has `.1`. */
  net: number;
  /** All of its own, the first is the one from which it calls. */
  addresses: string[];
}

/** One host in each zone. What the lab itself is made of runs on the first. */
export const hosts: Host[] = [
  { name: "management", zone: "management", net: 1, addresses: ["10.81.1.2"] },
  { name: "application", zone: "application", net: 2, addresses: ["10.81.2.2", "10.81.2.3"] },
  { name: "database", zone: "database", net: 3, addresses: ["10.81.3.2", "10.81.3.3"] },
  { name: "outsider", zone: "outside", net: 4, addresses: ["10.81.4.2"] },
];

export function networkOf(net: number): string {
  return `10.81.${net}.0/24`;
}

export function gatewayOf(net: number): string {
  return `10.81.${net}.1`;
}

/** A link from the management host past the router: for nothing but to ask a zone's prober, or the router's reader. */
export interface SideLink {
  to: HostName;
  /** At the management host's end. */
  near: string;
  far: string;
  /** The one port that may be called, at the far end. */
  port: number;
}

export const PROBER_PORT = 9443;
export const READER_PORT = 9444;

export const sideLinks: SideLink[] = [
  { to: "router", near: "10.81.100.1", far: "10.81.100.2", port: READER_PORT },
  { to: "application", near: "10.81.100.5", far: "10.81.100.6", port: PROBER_PORT },
  { to: "database", near: "10.81.100.9", far: "10.81.100.10", port: PROBER_PORT },
  { to: "outsider", near: "10.81.100.13", far: "10.81.100.14", port: PROBER_PORT },
];

/** Where the bot asks them: that of its own host beside itself, the others over the side links. */
export const firewallServers: FirewallServers = {
  probers: hosts.map(({ name, zone }) => ({ zone, ip: farEndOf(name) ?? "127.0.0.1" })),
  reader: { ip: farEndOf("router") ?? "" },
};

function farEndOf(host: HostName): string | undefined {
  return sideLinks.find(({ to }) => to === host)?.far;
}
