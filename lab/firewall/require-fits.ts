import { Problem } from "../../vault-config/problem.ts";
import { requireShortPath } from "../folder.ts";
import { isolation } from "./isolation.ts";
import { relaySocket } from "./forwards-of.ts";
import { hosts } from "./zones.ts";

/** Refuses, before anything is fetched or made, what cannot be had together with a network of the lab's own, and a machine that has none. */
export function requireFirewallFits(asked: {
  dir: string;
  nomad?: boolean;
  connect?: unknown;
  ownSlack?: unknown;
}): void {
  const { dir, nomad = false, connect, ownSlack } = asked;
  if (nomad || connect !== undefined) {
    const other = nomad ? "--nomad" : "--connect";
    throw new Problem(
      "PROFILES_APART",
      `--firewall runs the services on hosts of its own, and does not combine with ${other}.`,
      "Start one after the other, or beside it with --dir and --free-ports.",
    );
  }
  if (ownSlack !== undefined) {
    throw new Problem(
      "PROFILES_APART",
      "With --firewall the bot lives in a network without a way out, from which no Slack but the lab's own is reached.",
      "Leave --slack away, or --firewall.",
    );
  }
  if (`${dir}/`.startsWith("/run/")) {
    throw new Problem(
      "FOLDER_HIDDEN",
      `${dir} is not seen on the hosts of --firewall: they have a /run of their own.`,
      "Choose another folder with --dir.",
    );
  }
  const apart = isolation();
  if (!("args" in apart)) throw new Problem("NO_NAMESPACES", apart.missing, apart.mend);
  for (const { name } of hosts) requireShortPath(dir, relaySocket("", name));
}
