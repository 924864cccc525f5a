/** What one service instance is told by its environment. Times are milliseconds. */
export interface Config {
  service: string;
  instance: string;
  host: string;
  port: number;
  adminPort: number;
  /** Holds the private key, the certificate and its chain, in one file: two files can be read half-replaced. */
  identityFile: string;
  caFile: string;
  crlFiles: string[];
  clientCert: "optional" | "required";
  serverName: string;
  peerServerName: string;
  /** `host` as it stands in a URL: an IPv6 address in brackets. */
  peers: { host: string; port: number }[];
  steadyPerSecond: number;
  maxRequestMs: number;
  keepAliveMs: number;
}

/** The configuration, or one sentence for each variable that is wrong. */
export function readConfig(env: NodeJS.ProcessEnv): Config | { problems: string[] } {
  const problems: string[] = [];

  const text = (name: string): string => {
    const value = env[name]?.trim() ?? "";
    if (value === "") problems.push(`${name} is missing`);
    return value;
  };
  const whole = (name: string, [least, most]: [number, number], fallback?: number): number => {
    const value = env[name]?.trim() ?? "";
    if (value === "" && fallback !== undefined) return fallback;
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) {
      problems.push(`${name} must be a whole number from ${least} to ${most}, not "${value}"`);
    }
    return Number(value);
  };
  const list = (name: string): string[] => (env[name] ?? "").split(",").flatMap((item) => item.trim() || []);

  const peers = list("PEERS").map((peer) => {
    const [, host, port] = /^(.+):(\d{1,5})$/.exec(peer) ?? [];
    if (host === undefined || Number(port) < 1 || Number(port) > 65_535)
      problems.push(`PEERS must be host:port,host:port, not "${peer}"`);
    return { host: host ?? "", port: Number(port) };
  });
  if (peers.length === 0) problems.push("PEERS is missing: give at least one host:port");

  const clientCert = env["CLIENT_CERT"] ?? "required";
  if (clientCert !== "optional" && clientCert !== "required") {
    problems.push(`CLIENT_CERT must be "optional" or "required", not "${clientCert}"`);
  }

  const config: Config = {
    service: text("SERVICE"),
    instance: text("INSTANCE"),
    host: env["HOST"] ?? "127.0.0.1",
    port: whole("PORT", [0, 65_535]),
    adminPort: whole("ADMIN_PORT", [0, 65_535]),
    identityFile: text("IDENTITY_FILE"),
    caFile: text("CA_FILE"),
    crlFiles: list("CRL_FILES"),
    clientCert: clientCert === "optional" ? "optional" : "required",
    serverName: text("SERVER_NAME"),
    peerServerName: text("PEER_SERVER_NAME"),
    peers,
    steadyPerSecond: whole("STEADY", [0, 1_000], 0),
    maxRequestMs: whole("MAX_REQUEST_MS", [100, 600_000], 10_000),
    keepAliveMs: whole("KEEP_ALIVE_MS", [1_000, 600_000], 5_000),
  };
  return problems.length > 0 ? { problems } : config;
}
