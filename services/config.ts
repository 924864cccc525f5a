import { isIPv4 } from "node:net";
import type { Address } from "./peer.ts";
import { parseAddress } from "./peers.ts";

/** What one service instance is told by its environment. Times are milliseconds. */
export type Config = MtlsConfig | PlainConfig;

interface Common {
  service: string;
  instance: string;
  host: string;
  port: number;
  adminPort: number;
  steadyPerSecond: number;
  maxRequestMs: number;
}

/** It does the mTLS itself. */
export interface MtlsConfig extends Common {
  way: "mtls";
  /** Holds the private key, the certificate and its chain, in one file: two files can be read half-replaced. */
  identityFile: string;
  caFile: string;
  crlFiles: string[];
  clientCert: "optional" | "required";
  serverName: string;
  peerServerName: string;
  /** `host` as it stands in a URL: an IPv6 address in brackets. */
  peers: Address[];
  /** Holds the peers, host:port a line, in place of `peers`, and is read again when it changes. */
  peersFile: string | null;
  /** Whether a changed file is enough to reload, or only SIGHUP is. */
  reloadOn: "change" | "signal";
  keepAliveMs: number;
}

/** A sidecar does it. */
export interface PlainConfig extends Common {
  way: "plain";
  peerService: string;
  /** The sidecar's listener on this machine that leads to the other service. */
  peerAddress: Address;
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
  const word = <Word extends string>(name: string, words: [Word, Word], usual: Word): Word => {
    const value = env[name] ?? usual;
    const known = words.find((one) => one === value);
    if (known === undefined) problems.push(`${name} must be "${words.join('" or "')}", not "${value}"`);
    return known ?? usual;
  };
  const list = (name: string): string[] => (env[name] ?? "").split(",").flatMap((item) => item.trim() || []);

  const common = (): Common => ({
    service: text("SERVICE"),
    instance: text("INSTANCE"),
    host: env["HOST"] ?? "127.0.0.1",
    port: whole("PORT", [0, 65_535]),
    adminPort: whole("ADMIN_PORT", [0, 65_535]),
    steadyPerSecond: whole("STEADY", [0, 1_000], 0),
    maxRequestMs: whole("MAX_REQUEST_MS", [100, 600_000], 10_000),
  });

  const plain = (): PlainConfig => {
    const config = { way: "plain" as const, ...common(), peerService: text("PEER_SERVICE") };
    if (!isLoopback(config.host))
      problems.push(`HOST must be a loopback address where SERVE is plain, not "${config.host}"`);
    const [, peer = ""] = /^http:\/\/([^/]+)\/?$/.exec(text("PEER_URL")) ?? [];
    const peerAddress = parseAddress(peer);
    if (peerAddress === null && env["PEER_URL"])
      problems.push(`PEER_URL must be http://host:port, not "${env["PEER_URL"]}"`);
    return { ...config, peerAddress: peerAddress ?? { host: "", port: 0 } };
  };

  const mtls = (): MtlsConfig => {
    const peers = list("PEERS").map((peer) => {
      const address = parseAddress(peer);
      if (address === null) problems.push(`PEERS must be host:port,host:port, not "${peer}"`);
      return address ?? { host: "", port: 0 };
    });
    const peersFile = env["PEERS_FILE"]?.trim() || null;
    if (peers.length === 0 && peersFile === null) problems.push("PEERS is missing: give at least one host:port");
    return {
      way: "mtls",
      ...common(),
      identityFile: text("IDENTITY_FILE"),
      caFile: text("CA_FILE"),
      crlFiles: list("CRL_FILES"),
      clientCert: word("CLIENT_CERT", ["optional", "required"], "required"),
      serverName: text("SERVER_NAME"),
      peerServerName: text("PEER_SERVER_NAME"),
      peers,
      peersFile,
      reloadOn: word("RELOAD_ON", ["change", "signal"], "change"),
      keepAliveMs: whole("KEEP_ALIVE_MS", [1_000, 600_000], 5_000),
    };
  };

  const config = word("SERVE", ["mtls", "plain"], "mtls") === "plain" ? plain() : mtls();
  return problems.length > 0 ? { problems } : config;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
