import type { Certificate } from "../domain/certificate.ts";
import type { Clock, IssuedList } from "./ports.ts";
import type { Inventory } from "./inventory.ts";

export interface ReadIssued {
  /** How many stand in Vault's list now. */
  listed: number;
  /** How many of them were new here. */
  added: number;
  /** Serials that stand in the list and cannot be read: tidied meanwhile, or garbled. Tried again the next time. */
  unread: string[];
}

const atOnce = 4;

/** Keeps the inventory in step with Vault's list: only what is new there is read. */
export async function readIssued(
  {
    inventory,
    issued,
    clock,
  }: {
    inventory: Pick<Inventory, "knownSerials" | "saveIssued" | "forgetSerials">;
    issued: IssuedList;
    clock: Clock;
  },
  mount: string,
): Promise<ReadIssued> {
  const [listed, known] = await Promise.all([issued.serials(mount), inventory.knownSerials()]);
  const standing = new Set(listed);
  const fresh = listed.filter((serial) => !known.has(serial));
  const unread: string[] = [];
  for (let start = 0; start < fresh.length; start += atOnce) {
    const serials = fresh.slice(start, start + atOnce);
    const read = await Promise.all(serials.map((serial) => issued.read(mount, serial)));
    unread.push(...serials.filter((_, index) => read[index] === null));
    const certificates = read.filter((certificate): certificate is Certificate => certificate !== null);
    // Kept as they come: what was read is not read again after a failure further on.
    if (certificates.length > 0) await inventory.saveIssued(certificates, clock());
  }
  await inventory.forgetSerials([...known].filter((serial) => !standing.has(serial)));
  return { listed: listed.length, added: fresh.length - unread.length, unread };
}
