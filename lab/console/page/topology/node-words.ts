import type { InstanceStatus } from "../../../status.ts";
import { duration } from "../instances/lifetime.ts";
import { shortAllocation } from "../instances/whereabouts.ts";
import { rootOf, shortRoot } from "../mesh/identity.ts";
import { lab } from "../wire/lab-feed.ts";
import type { SidecarStatus } from "../wire/status-types.ts";

/** An instance in sentences: read out on focus, and shown beneath the picture. */
export function instanceWords(of: InstanceStatus): string {
  const { instance, serverName, serial, generation, notAfter, problem } = of;
  const certificate =
    serial === null || notAfter === null
      ? "It shows no certificate."
      : `${serverName}, generation ${generation ?? "none"}, serial ${serial}, ${expires(notAfter)}.`;
  return sentences(`${instance}: ${certificate}`, problem, where(of), checked(of));
}

/** The same of an app behind its Envoy. */
export function sidecarWords(of: SidecarStatus): string {
  const { instance, certificate, problem } = of;
  const root = rootOf(certificate, lab.frame?.status?.mesh?.ca.roots ?? []);
  const shown = certificate
    ? `${certificate.spiffe}, serial ${certificate.serial}, ${expires(certificate.notAfter)}, under root ${root ? shortRoot(root) : "unknown"}.`
    : "Envoy shows no certificate.";
  const app = "The app speaks plain HTTP to it over loopback.";
  return sentences(`${instance}: ${shown}`, problem, app, where(of), checked(of));
}

const where = ({ allocation }: Pick<InstanceStatus, "allocation">) =>
  allocation && `Nomad runs it on ${allocation.node}, allocation ${shortAllocation(allocation.id)}.`;

const checked = ({ check }: Pick<InstanceStatus, "check">) =>
  check && `Consul: ${check.status}${check.output.trim() ? `, ${check.output.trim()}` : ""}.`;

function expires(notAfter: number): string {
  const left = notAfter - lab.now();
  return left > 0 ? `expires in ${duration(left)}` : "expired";
}

const sentences = (...parts: (string | null)[]): string =>
  parts.flatMap((part) => (part === null ? [] : [part.replace(/([^.!?])$/, "$1.")])).join(" ");
