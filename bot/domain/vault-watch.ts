import type { CertificateRecord } from "./certificate.ts";
import { type Estate, watchedEndpoints } from "./estate.ts";
import type { VaultHealth } from "./vault-health.ts";

/** The first managed instance that runs out of time while Vault cannot issue. */
export interface FirstToExpire {
  service: string;
  instance: string;
  endpoint: string;
  serial: string;
  notAfter: number;
}

/** Told when Vault stops issuing, and once more when it is back. Times are epoch milliseconds. */
export interface VaultNotice {
  type: "vault";
  state: "down" | "sealed" | "back";
  /** When it was first seen unable to issue. */
  since: number;
  /** When it was seen back; null while it is not. */
  until: number | null;
  why: string | null;
  /** null: no managed instance is known to serve anything, or Vault is back. */
  first: FirstToExpire | null;
}

/** `records`: at least what managed endpoints were last seen serving. Also one that has expired by now: it is the first. */
export function firstToExpire(
  records: CertificateRecord[],
  estate: Pick<Estate, "services" | "endpoints">,
): FirstToExpire | null {
  const endpoints = new Map(watchedEndpoints(estate).map((endpoint) => [endpoint.id, endpoint]));
  const served = records.flatMap(({ serial, notAfter, sightings }) =>
    sightings.flatMap(({ endpoint: id, latest }): FirstToExpire[] => {
      const endpoint = endpoints.get(id);
      if (!latest || !endpoint?.service) return [];
      return [{ service: endpoint.service, instance: endpoint.instance, endpoint: id, serial, notAfter }];
    }),
  );
  return served.toSorted((a, b) => a.notAfter - b.notAfter)[0] ?? null;
}

export function outageNotice(health: VaultHealth, since: number, first: FirstToExpire | null): VaultNotice {
  const state = health.state === "sealed" ? "sealed" : "down";
  return { type: "vault", state, since, until: null, why: health.why, first };
}

export function backNotice(since: number, until: number): VaultNotice {
  return { type: "vault", state: "back", since, until, why: null, first: null };
}
