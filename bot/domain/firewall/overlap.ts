import { spanOf } from "./cidr.ts";
import { type Box, boxesOf, coversBox, inCommon, type Packet, packetIn, sizeOfBox, without } from "./packets.ts";
import type { FirewallRule, ServiceAddresses } from "./rule.ts";

/** A rule in force, by its id. */
export interface Standing {
  id: string;
  rule: FirewallRule;
}

/**
 * What rules in force let through already of what a new one would.
 * `exact`: one of them lets through the very same. `covered`: all of it, by one of them or by several together.
 * `overlapping`: some of it.
 */
export interface Overlap {
  how: "exact" | "covered" | "overlapping";
  /** The ids of the rules that do. */
  by: string[];
  /** One that proves it: it goes through already. */
  packet: Packet;
}

/** null: nothing of it goes through yet. `addresses`: of every service that any of the rules names. */
export function overlapOf(rule: FirewallRule, inForce: Standing[], addresses: ServiceAddresses): Overlap | null {
  const { protocol } = rule;
  const boxes = boxesOf(rule, addresses);
  const touching = touchedBy(rule, inForce, addresses);
  const [first] = touching.flatMap((one) => sharedWith(boxes, one.boxes));
  if (first === undefined) return null;

  const covering = touching.filter((one) => isAllIn(boxes, one.boxes));
  const exact = covering.find((one) => isAllIn(one.boxes, boxes));
  if (exact !== undefined) return { how: "exact", by: [exact.id], packet: packetIn(first, protocol) };
  const [wider] = covering;
  if (wider !== undefined) {
    const [shared = first] = sharedWith(boxes, wider.boxes);
    return { how: "covered", by: [wider.id], packet: packetIn(shared, protocol) };
  }
  const left = without(
    boxes,
    touching.flatMap((one) => one.boxes),
  );
  const by = touching.map(({ id }) => id);
  return { how: left.length === 0 ? "covered" : "overlapping", by, packet: packetIn(first, protocol) };
}

/** A packet of the rule that no rule in force lets through; null: they let all of it through. */
export function freshPacket(rule: FirewallRule, inForce: Standing[], addresses: ServiceAddresses): Packet | null {
  const others = touchedBy(rule, inForce, addresses).flatMap(({ boxes }) => boxes);
  const [left] = without(boxesOf(rule, addresses), others).toSorted((a, b) => sizeOfBox(b) - sizeOfBox(a));
  return left === undefined ? null : packetIn(left, rule.protocol);
}

/** The rules that let a packet through. */
export function allowing<R extends Standing>(packet: Packet, rules: R[], addresses: ServiceAddresses): R[] {
  const point: Box = {
    from: spanOf(packet.from),
    to: spanOf(packet.to),
    ports: { first: packet.port, last: packet.port },
  };
  return rules.filter(
    ({ rule }) => rule.protocol === packet.protocol && boxesOf(rule, addresses).some((box) => coversBox(box, point)),
  );
}

/** Those of the rules in force that have a packet in common with it, each as its boxes. */
function touchedBy(rule: FirewallRule, inForce: Standing[], addresses: ServiceAddresses) {
  const boxes = boxesOf(rule, addresses);
  return inForce
    .filter((other) => other.rule.protocol === rule.protocol)
    .map((other) => ({ id: other.id, boxes: boxesOf(other.rule, addresses) }))
    .filter((other) => sharedWith(boxes, other.boxes).length > 0);
}

const sharedWith = (some: Box[], others: Box[]): Box[] =>
  some.flatMap((a) => others.flatMap((b) => inCommon(a, b) ?? []));

const isAllIn = (some: Box[], others: Box[]): boolean => without(some, others).length === 0;
