import { readdir, readFile, readlink } from "node:fs/promises";

export interface Listening {
  protocol: "tcp" | "udp";
  /** As in /proc/net: hexadecimal, least significant byte first. */
  address: string;
  port: number;
}

/** Where a process takes connections and packets, read from /proc. */
export async function listeningOf(pid: number): Promise<Listening[]> {
  const links = await Promise.all(
    (await readdir(`/proc/${pid}/fd`)).map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => "")),
  );
  const own = new Set(links.flatMap((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? []));
  return (await listeners(pid)).filter(({ inode }) => own.has(inode));
}

/** The addresses on which anybody takes connections on that port, as the kernel lists them. */
export async function listeningOn(wanted: number): Promise<string[]> {
  const all = await listeners(process.pid);
  return all.filter(({ protocol, port }) => protocol === "tcp" && port === wanted).map(({ address }) => address);
}

/** Everybody's, in the network namespace of that process. */
async function listeners(pid: number): Promise<(Listening & { inode: string })[]> {
  const tables = (["tcp", "tcp6", "udp", "udp6"] as const).map(async (table) => {
    const protocol = table.startsWith("tcp") ? "tcp" : "udp";
    const waits = protocol === "tcp" ? "0A" : "07";
    const lines = (await readFile(`/proc/${pid}/net/${table}`, "utf8")).split("\n").slice(1);
    return lines.flatMap((line) => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      return state === waits ? [{ protocol, address, port: Number.parseInt(port, 16), inode } as const] : [];
    });
  });
  return (await Promise.all(tables)).flat();
}
