import type { Observed } from "./admin.ts";

/** Prometheus text. The certificate's names are those of x509-certificate-exporter, so that existing dashboards find them. */
export function metrics({ steady, serving, mtls }: Observed): string {
  const lines: string[] = [];
  const metric = (
    name: string,
    type: "counter" | "gauge",
    samples: [labels: Record<string, string>, value: number][],
  ) => {
    lines.push(`# TYPE ${name} ${type}`);
    for (const [labels, value] of samples) {
      const text = Object.entries(labels).map(([label, said]) => `${label}=${JSON.stringify(said)}`);
      lines.push(`${name}${text.length > 0 ? `{${text.join(",")}}` : ""} ${value}`);
    }
  };

  const inUse = mtls?.identity.current?.identity;
  if (mtls && inUse) {
    const labels = {
      filepath: mtls.identityFile,
      serial_number: inUse.serial.replaceAll(":", ""),
      subject_CN: /CN=([^,]+)/.exec(inUse.subject)?.[1] ?? "",
      issuer_CN: /CN=([^,]+)/.exec(inUse.issuer)?.[1] ?? "",
    };
    metric("x509_cert_not_before", "gauge", [[labels, inUse.notBefore / 1_000]]);
    metric("x509_cert_not_after", "gauge", [[labels, inUse.notAfter / 1_000]]);
    metric("x509_cert_expired", "gauge", [[labels, inUse.notAfter < Date.now() ? 1 : 0]]);
  }

  const current = serving();
  if (mtls) {
    metric("service_rotations_total", "counter", [[{}, mtls.identity.rotations]]);
    metric("service_swaps_refused_total", "counter", [[{}, mtls.identity.refused]]);
    metric("service_handshakes_total", "counter", [[{}, current?.connections ?? 0]]);
    metric(
      "service_refusals_total",
      "counter",
      [...mtls.refusals.byCode].map(([code, count]) => [{ code }, count]),
    );
    const callers = [...(mtls.callers()?.known ?? [])];
    const called = mtls.called();
    metric(
      "service_caller_requests_total",
      "counter",
      callers.map(([caller, { requests }]) => [{ caller }, requests]),
    );
    metric(
      "service_caller_last_request_timestamp_seconds",
      "gauge",
      callers.map(([caller, { lastAt }]) => [{ caller }, lastAt / 1_000]),
    );
    metric(
      "service_peer_last_request_timestamp_seconds",
      "gauge",
      called === null ? [] : [[{ peer: called.name }, called.lastAt / 1_000]],
    );
  }
  metric("service_requests_total", "counter", [[{}, current?.served ?? 0]]);
  metric("service_open_connections", "gauge", [[{}, current?.open ?? 0]]);
  metric("service_peer_requests_total", "counter", [
    [{ connection: "fresh", outcome: "ok" }, steady.fresh.ok],
    [{ connection: "fresh", outcome: "failed" }, steady.fresh.failed],
    [{ connection: "kept", outcome: "ok" }, steady.kept.ok],
    [{ connection: "kept", outcome: "failed" }, steady.kept.failed],
  ]);
  return `${lines.join("\n")}\n`;
}
