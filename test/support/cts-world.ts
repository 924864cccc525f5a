import { randomBytes } from "node:crypto";
import { reserveFreePorts } from "../../lab/ports.ts";
import { startDevConsul } from "./consul-dev.ts";
import { ConsulContent } from "./consul-content.ts";
import { asked, type Cts, ctsAt, type CtsFile, startCts, tlsFromEnvironment } from "./cts.ts";
import { CtsModule } from "./cts-module.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { missingTerraform, terraformHere } from "./terraform.ts";

/** What tests of CTS stand on: Consul, a module, and either a CTS that runs or what one is started with. */
export interface CtsGround extends AsyncDisposable {
  dir: string;
  content: ConsulContent;
  module: CtsModule;
  /** For `startCts`; null when the CTS to be tested runs already. */
  file: CtsFile | null;
  /** A name that no task has yet. */
  newName(): string;
}

/** What is missing for these tests; null when nothing is. */
export async function missingForCts(): Promise<string | null> {
  if (asked.address !== null || (await terraformHere()) !== null) return null;
  return missingTerraform;
}

export async function prepareGround(): Promise<CtsGround> {
  await using owned = new AsyncDisposableStack();
  const { path: dir } = owned.use(temporaryFolder());
  const module = new CtsModule(dir);
  const newName = () => `t${randomBytes(6).toString("hex")}`;
  if (asked.address !== null) {
    const { CONSUL_HTTP_ADDR: address = "http://127.0.0.1:8500", CONSUL_HTTP_TOKEN: token = "" } = process.env;
    const kept = owned.move();
    const content = new ConsulContent(address, token);
    return { dir, content, module, file: null, newName, [Symbol.asyncDispose]: () => kept.disposeAsync() };
  }
  const consul = owned.use(await startDevConsul());
  const content = new ConsulContent(consul.address, await consul.token(mayWrite));
  const { ports, reservation } = await reserveFreePorts(["default"]);
  owned.use(reservation);
  const terraform = (await terraformHere()) ?? "";
  const file = {
    port: ports.console,
    consul: { address: consul.address, token: await consul.token(mayRead) },
    terraform,
    dir,
  };
  const kept = owned.move();
  return { dir, content, module, file, newName, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** The CTS that runs, or one that is started for as long as the ground lies. */
export async function ctsOn({ file }: CtsGround, owned: AsyncDisposableStack): Promise<Cts> {
  if (asked.address !== null || file === null) return ctsAt(asked.address ?? "", tlsFromEnvironment());
  return owned.use(await startCts(file));
}

const mayWrite = `key_prefix "contract/" { policy = "write" }
service_prefix "" { policy = "write" }
node_prefix "" { policy = "write" }`;

/** All that CTS needs of Consul to run tasks on these keys. */
const mayRead = `key_prefix "contract/" { policy = "read" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;
