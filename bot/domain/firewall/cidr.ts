import { refuse, type Refusal } from "../refusal.ts";
import type { Span } from "./span.ts";

const part = "(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)";
const form = new RegExp(`^(${part}\\.${part}\\.${part}\\.${part})(?:/(3[0-2]|[12]?\\d))?$`);

/** Whether somebody meant an address or a network by it, well-formed or not. */
export const looksLikeAddress = (text: string): boolean =>
  /^[\d./]+$/.test(text) || /^[\da-f:]*:[\da-f:./]*$/i.test(text);

/**
 * "10.0.0.0/24" as it is, "10.0.0.5" as the host "10.0.0.5/32". A network is told by its own address: one with host bits
 * would match more than it seems to name. Refused: bad-address.
 */
export function parseCidr(text: string): string | Refusal {
  const [, address, length = "32"] = form.exec(text) ?? [];
  if (address === undefined) {
    return refuse(
      "bad-address",
      `${text} is no IPv4 address and no network.`,
      text.includes(":")
        ? "Rules are for IPv4: give an address such as 10.0.0.5, or a network such as 10.0.0.0/24."
        : "An address looks like 10.0.0.5, a network like 10.0.0.0/24.",
    );
  }
  const cidr = `${address}/${length}`;
  const { first } = spanOf(cidr);
  if (tellAddress(first) === address) return cidr;
  return refuse(
    "bad-address",
    `${cidr} is not the address of a network.`,
    `Did you mean the network ${tellAddress(first)}/${length}, or the host ${address}?`,
  );
}

/** The addresses of a well-formed CIDR, as numbers. */
export function spanOf(cidr: string): Span {
  const [address = "", length = "32"] = cidr.split("/");
  const size = 2 ** (32 - Number(length));
  const number = address.split(".").reduce((sum, one) => sum * 256 + Number(one), 0);
  const first = Math.floor(number / size) * size;
  return { first, last: first + size - 1 };
}

/** 167772165 → "10.0.0.5" */
export function tellAddress(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join(".");
}

/** A host without its "/32". */
export const tellCidr = (cidr: string): string => cidr.replace(/\/32$/, "");
