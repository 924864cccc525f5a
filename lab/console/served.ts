import type { LabStatus } from "../status.ts";

/** A certificate as one instance, or one sidecar of the mesh, serves it now. `notAfter` in epoch ms. */
export interface Served {
  instance: string;
  serial: string;
  generation: string | null;
  notAfter: number;
}

/** Every certificate that is served in the lab; who serves none, or cannot be asked, is left out. */
export function servedIn({ instances, mesh, firewall }: LabStatus): Served[] {
  return [
    ...[...instances, ...(firewall?.services ?? [])].flatMap(({ instance, serial, generation, notAfter }) =>
      serial === null || notAfter === null ? [] : [{ instance, serial, generation, notAfter }],
    ),
    ...(mesh?.sidecars ?? []).flatMap(({ instance, certificate }) =>
      certificate === null
        ? []
        : [{ instance, serial: certificate.serial, generation: null, notAfter: certificate.notAfter }],
    ),
  ];
}
