import { execFile } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { sha256 } from "../../lab/stack/program-cache.ts";
import type { BareMachine } from "./bare-machine.ts";
import { TestPki } from "./test-pki.ts";

const run = promisify(execFile);
const HOST = "releases.hashicorp.com";

/** A stand-in for the host of HashiCorp's releases, reached as the real one is from behind a proxy. */
export interface ReleaseHost extends AsyncDisposable {
  /** What makes a process reach it. */
  env: { HTTPS_PROXY: string; NODE_EXTRA_CA_CERTS: string };
  /** SHA-256 of the archive it serves. */
  pin: string;
}

/** Serves one version of one product, for this machine: an archive that holds a shell script. */
export async function releaseHost({ folder }: BareMachine, product: string, version: string, script: string) {
  await using owned = new AsyncDisposableStack();
  const [binary, licence, zip] = [join(folder, product), join(folder, "LICENSE.txt"), join(folder, "archive.zip")];
  await writeFile(binary, `#!/bin/sh\n${script}\n`);
  await writeFile(licence, "none\n");
  await run("python3", ["-m", "zipfile", "-c", zip, licence, binary]);
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  const build = { os: process.platform, arch, filename: "archive.zip", url: `https://${HOST}/archive.zip` };
  const index = JSON.stringify({ name: product, versions: { [version]: { name: product, version, builds: [build] } } });

  const pki = await TestPki.create();
  const ca = join(folder, "release-root.pem");
  await writeFile(ca, pki.root);
  const { key, chain } = await pki.leaf(HOST);
  const archive = await readFile(zip);
  const host = createHttpsServer({ key, cert: chain }, ({ url }, response) => {
    if (url === `/${product}/index.json`) response.end(index);
    else if (url === "/archive.zip") response.end(archive);
    else response.writeHead(404).end();
  });
  const target = await listening(host, owned);
  const proxy = createServer((client) => {
    client.on("error", () => {});
    client.once("data", () => {
      const server = connect(target, "127.0.0.1").on("error", () => client.destroy());
      client.write("HTTP/1.1 200 OK\r\n\r\n");
      client.pipe(server).pipe(client);
    });
  });
  const port = await listening(proxy, owned);
  const kept = owned.move();
  const release: ReleaseHost = {
    env: { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_EXTRA_CA_CERTS: ca },
    pin: await sha256(zip),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return release;
}

async function listening(server: Server, owned: AsyncDisposableStack): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  owned.defer(() => void server.close());
  return (server.address() as AddressInfo).port;
}
