import type { CertificateRecord } from "./certificate.ts";
import type { ObservationRecord } from "./endpoint.ts";
import { watchedEndpoints } from "./estate.ts";
import { isExpired } from "./expiry.ts";
import type { ManagedService } from "./managed-service.ts";

export interface Metric {
  name: string;
  help: string;
  type: "gauge";
  samples: { labels: Record<string, string>; value: number }[];
}

/**
 * Under the names people graph already: x509-certificate-exporter's, ssl_exporter's and cert-manager's. Times are epoch seconds.
 * Only what is served now has samples: series of replaced certificates would never end.
 */
export function expiryMetrics(
  records: CertificateRecord[],
  observations: ObservationRecord[],
  services: ManagedService[],
  now: number,
): Metric[] {
  const served = records.filter(({ servedAt }) => servedAt.length > 0);
  const places = served.flatMap((record) => record.servedAt.map((endpoint) => ({ record, endpoint })));
  const names = new Map(watchedEndpoints({ services, endpoints: [] }).map((endpoint) => [endpoint.id, endpoint]));
  const gauge = (name: string, help: string, samples: Metric["samples"]): Metric => ({
    name,
    help,
    type: "gauge",
    samples,
  });

  const perCertificate = (value: (record: CertificateRecord) => number) =>
    served.map((record) => ({ labels: certificateLabels(record), value: value(record) }));

  return [
    gauge(
      "x509_cert_not_before",
      "When the certificate begins",
      perCertificate(({ notBefore }) => notBefore / 1_000),
    ),
    gauge(
      "x509_cert_not_after",
      "When the certificate ends",
      perCertificate(({ notAfter }) => notAfter / 1_000),
    ),
    gauge(
      "x509_cert_expired",
      "1 once the certificate has ended",
      perCertificate((record) => Number(isExpired(record, now))),
    ),
    gauge(
      "ssl_cert_not_after",
      "When the certificate an endpoint serves ends",
      places.map(({ record, endpoint }) => ({
        labels: {
          instance: endpoint,
          serial_no: record.serial,
          cn: nameIn(record.subject),
          issuer_cn: nameIn(record.issuer),
        },
        value: record.notAfter / 1_000,
      })),
    ),
    gauge(
      "ssl_probe_success",
      "1 when the last handshake with the endpoint went well",
      observations.map(({ endpoint, problem }) => ({
        labels: { instance: endpoint },
        value: Number(problem === null),
      })),
    ),
    gauge(
      "certmanager_certificate_expiration_timestamp_seconds",
      "When the certificate of a managed service's instance ends",
      places.flatMap(({ record, endpoint }) => {
        const { service, instance } = names.get(endpoint) ?? {};
        const issuer = services.find(({ name }) => name === service)?.issuer;
        if (!service || !instance || !issuer) return [];
        const labels = {
          name: instance,
          namespace: service,
          issuer_name: `${issuer.mount}/${issuer.role}`,
          issuer_kind: "Vault",
        };
        return [{ labels, value: record.notAfter / 1_000 }];
      }),
    ),
  ];
}

const certificateLabels = ({ serial, subject, issuer }: CertificateRecord) => ({
  serial_number: serial,
  subject_CN: nameIn(subject),
  issuer_CN: nameIn(issuer),
});

/** The common name, or the whole of a distinguished name that has none. */
function nameIn(distinguishedName: string): string {
  return /(?:^|, )CN=((?:\\.|[^,\\])+)/.exec(distinguishedName)?.[1] ?? distinguishedName;
}
