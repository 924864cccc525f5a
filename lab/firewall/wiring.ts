import { gatewayOf, type Host, type SideLink } from "./zones.ts";

// Shell that connects hosts that are there. Nothing in it comes from outside.

/** The router forwards nothing but what its rules let through: they are to be in force before. */
export const forwarding = "echo 1 >/proc/sys/net/ipv4/ip_forward";

/** A host's own interface `eth0` in its zone's network, and the router's, which is called as the host is. */
export function toRouter({ name, net, addresses }: Pick<Host, "net" | "addresses"> & { name: string }): string {
  const gateway = gatewayOf(net);
  return [
    `ip link add eth0 netns ${name} type veth peer name ${name} netns router`,
    `ip -n router addr add ${gateway}/24 dev ${name}`,
    `ip -n router link set ${name} up`,
    ...addresses.map((address) => `ip -n ${name} addr add ${address}/24 dev eth0`),
    `ip -n ${name} link set eth0 up`,
    `ip -n ${name} route add default via ${gateway}`,
  ].join("\n");
}

/** `side` at the far end, `to-<host>` at the management host's. */
export function aside({ to, near, far }: SideLink): string {
  return [
    `ip link add side netns ${to} type veth peer name to-${to} netns management`,
    `ip -n ${to} addr add ${far}/30 dev side`,
    `ip -n ${to} link set side up`,
    `ip -n management addr add ${near}/30 dev to-${to}`,
    `ip -n management link set to-${to} up`,
  ].join("\n");
}

/** At the far end one port is answered, and to who comes over the link alone. */
export function farGuard({ port, far }: SideLink): string {
  return guard("side", `iifname "side" tcp dport ${port} accept`, `ip daddr ${far} drop`);
}

/** At the management host's end nothing is, but what it asked for itself. */
export const nearGuard = guard("to-*");

function guard(link: string, ...rules: string[]): string {
  return `nft -f - <<'END'
table inet side {
  chain input {
    type filter hook input priority filter; policy accept;
    iifname lo accept
    ct state established accept
    ${rules.join("\n    ")}
    iifname "${link}" drop
  }
}
END`;
}
