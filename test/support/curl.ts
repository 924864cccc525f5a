import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { serverNames, type ServicePair, type Side } from "./service-pair.ts";

const run = promisify(execFile);

export interface CurlTally {
  requests: number;
  connections: number;
  /** Requests that failed, by curl's exit code or the HTTP status. */
  failures: Record<string, number>;
}

/**
 * curl after curl until aborted, each asking many times; `fresh` over a new connection each time. `identity` is a PEM file with key
 * and chain. Nothing is retried by us.
 */
export async function curlLoop(
  pair: ServicePair,
  side: Side,
  identity: string,
  fresh: boolean,
  stop: AbortSignal,
): Promise<CurlTally> {
  const tally: CurlTally = { requests: 0, connections: 0, failures: {} };
  const { port } = pair.process(side);
  const name = serverNames[side];
  const args = [
    ...[
      "--silent",
      "--output",
      "/dev/null",
      "--max-time",
      "10",
      "--rate",
      "10/s",
      "--resolve",
      `${name}:${port}:127.0.0.1`,
    ],
    ...["--cacert", pair.folder.at("root.pem"), "--cert", identity, "--key", identity],
    ...[
      "--write-out",
      "%{exitcode} %{http_code} %{num_connects}\\n",
      ...(fresh ? ["--header", "Connection: close"] : []),
    ],
    `https://${name}:${port}/?[1-50]`,
  ];
  while (!stop.aborted) {
    const { stdout } = await run("curl", args).catch((error: { stdout: string }) => error);
    for (const line of stdout.trim().split("\n")) {
      const [exit, status, connections] = line.split(" ");
      tally.requests++;
      tally.connections += Number(connections);
      const failure = exit !== "0" ? `curl ${exit}` : status !== "200" ? `HTTP ${status}` : null;
      if (failure !== null) tally.failures[failure] = (tally.failures[failure] ?? 0) + 1;
    }
  }
  return tally;
}
