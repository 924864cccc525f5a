import { spawnSync } from "node:child_process";
import { forwarding } from "./wiring.ts";

/** What `unshare` is told, and whether it makes the caller root of a user namespace; or why it cannot be. */
export type Isolation = { args: string[]; asUser: boolean } | { missing: string; mend: string };

const making = "by which the network is made";
const programs = {
  nft: { args: ["--version"], need: making },
  ip: { args: ["-Version"], need: making },
  nsenter: { args: ["--version"], need: making },
  unshare: { args: ["--version"], need: making },
  openssl: { args: ["version"], need: "by which the router's rules are verified" },
};
const install = "apt-get install nftables iproute2 util-linux openssl";

/** How the network is had, in one sentence. */
export const needed =
  "Run it as root, or allow user namespaces: sysctl -w kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0.";

/** All that the network needs of the kernel, done once where nothing of it stays. */
const TRIAL = [
  "mount -t tmpfs tmpfs /run",
  "ip link add name veth0 type veth peer name veth1",
  "nft add table inet trial",
  forwarding,
].join(" && ");

/** For programs that lie where an ordinary user has no path to. */
export function environment(): NodeJS.ProcessEnv {
  return { PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
}

/** Root needs no user namespace, unless it is root of a container alone; it makes an ordinary user root of what is in it. */
export function isolation(): Isolation {
  const absent = Object.entries(programs).find(([program, { args }]) => run(program, args) !== null);
  if (absent !== undefined) return { missing: `${absent[0]} is missing, ${absent[1].need}.`, mend: install };
  const plain = ["--net", "--mount"];
  const asUser = ["--user", "--map-root-user", ...plain];
  const isRoot = process.getuid?.() === 0;
  const trial = (args: string[]) => run("unshare", [...args, "sh", "-c", TRIAL]);
  if (isRoot && trial(plain) === null) return { args: plain, asUser: false };
  const refused = trial(asUser);
  if (refused === null) return { args: asUser, asUser: true };
  return { missing: `This machine does not let its user make a network: ${refused}.`, mend: needed };
}

/** null when it went well, otherwise its last words. */
function run(program: string, args: string[]): string | null {
  const { status, stderr, error } = spawnSync(program, args, { env: environment(), encoding: "utf8" });
  if (status === 0) return null;
  return error?.message ?? stderr.trim().split("\n").at(-1) ?? `exit ${status}`;
}
