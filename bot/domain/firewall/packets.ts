import { spanOf, tellAddress } from "./cidr.ts";
import { cidrsOf, type FirewallRule, type RuleEnd, type ServiceAddresses } from "./rule.ts";
import { common, covers, sizeOf, type Span } from "./span.ts";

/** One packet of a new flow, as the firewall sees it. */
export interface Packet {
  protocol: "tcp" | "udp";
  from: string;
  to: string;
  port: number;
}

/** Every packet from some addresses to some addresses on some ports. */
export interface Box {
  from: Span;
  to: Span;
  ports: Span;
}

const sides = ["from", "to", "ports"] as const;

/** What a rule lets through while its services have these addresses: nothing of a service without any. */
export function boxesOf({ from, to, ports }: FirewallRule, addresses: ServiceAddresses): Box[] {
  return spansOf(from, addresses).flatMap((source) =>
    spansOf(to, addresses).map((destination) => ({ from: source, to: destination, ports })),
  );
}

function spansOf(end: RuleEnd, addresses: ServiceAddresses): Span[] {
  return cidrsOf(end, addresses).map(spanOf);
}

export function inCommon(a: Box, b: Box): Box | null {
  const [from, to, ports] = [common(a.from, b.from), common(a.to, b.to), common(a.ports, b.ports)];
  return from && to && ports && { from, to, ports };
}

export const coversBox = (outer: Box, inner: Box): boolean => sides.every((side) => covers(outer[side], inner[side]));

export const sizeOfBox = ({ from, to, ports }: Box): number => sizeOf(from) * sizeOf(to) * sizeOf(ports);

/** What is left of the boxes without what is in the others. */
export function without(boxes: Box[], others: Box[]): Box[] {
  return others.reduce((left, other) => left.flatMap((box) => cut(box, other)), boxes);
}

/** A box without another: slices off each side until only what both have in common is left, which is dropped. */
function cut(box: Box, other: Box): Box[] {
  const shared = inCommon(box, other);
  if (shared === null) return [box];
  let rest = box;
  return sides.flatMap((side) => {
    const [outer, inner] = [rest[side], shared[side]];
    const slices = [
      { first: outer.first, last: inner.first - 1 },
      { first: inner.last + 1, last: outer.last },
    ].filter((span) => sizeOf(span) > 0);
    const cutOff = slices.map((span) => ({ ...rest, [side]: span }));
    rest = { ...rest, [side]: inner };
    return cutOff;
  });
}

/** One packet of the box, between hosts rather than from the address of a network itself. */
export function packetIn({ from, to, ports }: Box, protocol: Packet["protocol"]): Packet {
  const host = (span: Span) => tellAddress(sizeOf(span) > 2 ? span.first + 1 : span.first);
  return { protocol, from: host(from), to: host(to), port: ports.first };
}

/** `tcp 10.0.0.5 → 10.0.1.7 port 443` */
export const tellPacket = ({ protocol, from, to, port }: Packet): string => `${protocol} ${from} → ${to} port ${port}`;
