/** What a prober or the router's reader is told by its environment. */
export interface GuardedConfig {
  host: string;
  port: number;
  /** Private key, certificate and chain in one file. */
  identityFile: string;
  caFile: string;
  crlFiles: string[];
  /** The name in its own certificate. */
  serverName: string;
  /** The name that a caller's certificate must carry: nobody else is answered. */
  caller: string;
}

/** The configuration, or one sentence for each variable that is wrong. */
export function readGuardedConfig(env: NodeJS.ProcessEnv): GuardedConfig | { problems: string[] } {
  const problems: string[] = [];
  const text = (name: string): string => {
    const value = env[name]?.trim() ?? "";
    if (value === "") problems.push(`${name} is missing`);
    return value;
  };
  const port = text("PORT");
  if (port !== "" && (!/^\d+$/.test(port) || Number(port) > 65_535)) {
    problems.push(`PORT must be a whole number from 0 to 65535, not "${port}"`);
  }
  const config = {
    host: text("HOST"),
    port: Number(port),
    identityFile: text("IDENTITY_FILE"),
    caFile: text("CA_FILE"),
    crlFiles: (env["CRL_FILES"] ?? "").split(",").flatMap((item) => item.trim() || []),
    serverName: text("SERVER_NAME"),
    caller: text("CALLER"),
  };
  return problems.length > 0 ? { problems } : config;
}
