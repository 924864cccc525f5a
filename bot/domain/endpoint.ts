/** Where a certificate is served. `id` is `<service>/<instance>`, or `host:port` for one that belongs to no managed service. */
export interface Endpoint {
  id: string;
  service: string | null;
  instance: string;
  host: string;
  port: number;
  serverName: string;
  /** `https`: a request must be answered for the handshake to count. `tls`: the handshake as the client sees it. */
  protocol: "https" | "tls";
  /** Loopback URL of the instance's admin port (`/healthz`, `/refusals`, `/swaps`), where it has one. */
  admin: string | null;
}

/** One that belongs to no managed service. Without a server name its host is asked for. */
export function watchedAt(
  at: Pick<Endpoint, "host" | "port" | "protocol"> & { serverName?: string | undefined },
): Endpoint {
  const { host, port, serverName, protocol } = at;
  // Several names may be served on one port.
  const id = serverName === undefined ? `${host}:${port}` : `${host}:${port}/${serverName}`;
  return { id, service: null, instance: id, host, port, serverName: serverName ?? host, protocol, admin: null };
}

/** Why a handshake failed, told to a person. `side`: who refused. */
export interface HandshakeProblem {
  /** As Node or OpenSSL names it, for example CERT_HAS_EXPIRED, ECONNREFUSED. */
  code: string;
  side: "client" | "server" | "network";
  cause: string;
  fix: string;
}

/** What one probe saw. */
export interface Observation {
  endpoint: string;
  at: number;
  /** Fingerprint of the leaf that was presented, also when it did not verify; null when none was seen. */
  fingerprint: string | null;
  /** Fingerprints from the leaf up, as presented. */
  chain: string[];
  /** null: verified, and the peer accepted us. */
  problem: HandshakeProblem | null;
  tookMs: number;
}

/** The latest observation of an endpoint. */
export interface ObservationRecord extends Observation {
  /** Since when every look has shown this same certificate with this same problem, or none. */
  since: number;
}
