import type { LabStatus } from "../../../status.ts";
import type { Flow } from "../../frame.ts";
import { shortTrustDomain, spiffePath } from "../mesh/identity.ts";
import { SERVICES } from "../wire/services.ts";
import { verdict } from "./verdict.ts";

/** What one end of a connection shows to the other: in two lines beside its arrow, and in a sentence. */
export interface Identity {
  lines: [string, string];
  whole: string;
}

export type Way = "outside" | "mtls" | "mesh";

/** The calls of one side to a service: what goes over them now, and who both ends are. */
export interface Edge {
  from: string;
  to: string;
  way: Way;
  /** Answered and failed requests per second; null when whoever calls could not be asked. */
  rate: { ok: number; failed: number } | null;
  /** null where it shows none. */
  caller: Identity | null;
  answerer: Identity | null;
  /** Why the mesh refuses it; null where it lets it through, and outside the mesh. */
  denied: string | null;
}

export const OUTSIDE = "outside";

/** Every edge of the lab's picture: from outside, between the services by their own mTLS, and through the mesh. */
export function edges(status: LabStatus, flows: Flow[]): Edge[] {
  const [a, b] = SERVICES;
  const pairs = [
    { from: a, to: b },
    { from: b, to: a },
  ];
  return [
    fromOutside(status, flows, a),
    ...pairs.map(({ from, to }) => ownMtls(status, flows, from, to)),
    ...(status.mesh === null ? [] : pairs.map(({ from, to }) => throughMesh(status, flows, from, to))),
  ];
}

function fromOutside(status: LabStatus, flows: Flow[], to: string): Edge {
  const rate = rateOf(flows, [OUTSIDE]);
  return { from: OUTSIDE, to, way: "outside", rate, caller: null, answerer: dnsIdentity(status, to), denied: null };
}

function ownMtls(status: LabStatus, flows: Flow[], from: string, to: string): Edge {
  const callers = status.instances.filter(({ service }) => service === from).map(({ instance }) => instance);
  return {
    from,
    to,
    way: "mtls",
    rate: rateOf(flows, callers),
    caller: dnsIdentity(status, from),
    answerer: dnsIdentity(status, to),
    denied: null,
  };
}

function throughMesh(status: LabStatus, flows: Flow[], from: string, to: string): Edge {
  const sidecars = status.mesh?.sidecars ?? [];
  const callers = sidecars.filter(({ service }) => service === from).map(({ instance }) => instance);
  const { action, by } = verdict(status.mesh?.intentions ?? [], from, to);
  const rule = by ? `the intention ${by.source} → ${by.destination}` : "the default: no intention allows it";
  return {
    from,
    to,
    way: "mesh",
    rate: rateOf(flows, callers),
    caller: spiffeIdentity(status, from),
    answerer: spiffeIdentity(status, to),
    denied: action === "deny" ? `Denied by ${rule}.` : null,
  };
}

function rateOf(flows: Flow[], sources: string[]): Edge["rate"] {
  const own = flows.filter(({ source }) => sources.includes(source));
  if (own.length === 0) return null;
  return { ok: sum(own.map(({ ok }) => ok)), failed: sum(own.map(({ failed }) => failed)) };
}

/** The generations of a service differ while a renewal rolls out. */
function dnsIdentity(status: LabStatus, service: string): Identity | null {
  const own = status.instances.filter((instance) => instance.service === service && instance.serial !== null);
  const [first] = own;
  if (first === undefined) return null;
  const generations = [...new Set(own.map(({ generation }) => generation ?? "no generation"))].join(", ");
  return { lines: [first.serverName, generations], whole: `${first.serverName} (${generations})` };
}

function spiffeIdentity(status: LabStatus, service: string): Identity | null {
  const sidecar = status.mesh?.sidecars.find((one) => one.service === service && one.certificate !== null);
  const spiffe = sidecar?.certificate?.spiffe;
  if (spiffe === undefined) return null;
  return { lines: [`spiffe://${shortTrustDomain(spiffe)}`, `…/${spiffePath(spiffe)}`], whole: spiffe };
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
