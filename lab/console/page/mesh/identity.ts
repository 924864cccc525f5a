import type { Root, SidecarStatus } from "../wire/status-types.ts";

type Certificate = SidecarStatus["certificate"];

/** The root that a sidecar's leaf leads to; null where it is none of those the mesh still trusts. */
export const rootOf = (certificate: Certificate, roots: Root[]): Root | null =>
  roots.find(({ id }) => id === certificate?.root) ?? null;

/** A root's id is its fingerprint: how it begins tells two apart. */
export const shortRoot = ({ id }: Root): string => `${id.split(":").slice(0, 2).join(":")}…`;

/** The part of a SPIFFE id that differs within one mesh: `svc/service-a` of `spiffe://….consul/ns/default/dc/dc1/svc/service-a`. */
export const spiffePath = (spiffe: string): string => spiffe.split("/").slice(-2).join("/");

/** The trust domain of a SPIFFE id, its long first label cut short: `1a2b….consul`. */
export function shortTrustDomain(spiffe: string): string {
  const [label = "", ...rest] = (spiffe.split("/")[2] ?? "").split(".");
  return [label.length > 4 ? `${label.slice(0, 4)}…` : label, ...rest].join(".");
}
