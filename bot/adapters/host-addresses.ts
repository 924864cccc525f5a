import { lookup } from "node:dns/promises";

/** The IPv4 addresses of a host's name, as this machine resolves it; empty where it has none. */
export async function hostAddresses(host: string): Promise<string[]> {
  try {
    return (await lookup(host, { all: true, family: 4 })).map(({ address }) => address);
  } catch {
    return [];
  }
}
