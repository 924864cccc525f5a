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
  const tables = (["tcp", "tcp6", "udp", "udp6"] as const).map(async (table) => {
    const lines = (await readFile(`/proc/${pid}/net/${table}`, "utf8")).split("\n").slice(1);
    return lines.flatMap((line): Listening[] => {
      const [, local = "", , state, , , , , , inode = ""] = line.trim().split(/\s+/);
      const [address = "", port = ""] = local.split(":");
      const waiting = state === (table.startsWith("tcp") ? "0A" : "07");
      if (!waiting || !own.has(inode)) return [];
      return [{ protocol: table.startsWith("tcp") ? "tcp" : "udp", address, port: Number.parseInt(port, 16) }];
    });
  });
  return (await Promise.all(tables)).flat();
}
