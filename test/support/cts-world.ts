import { randomBytes } from "node:crypto";
import { reserveFreePorts } from "../../lab/ports.ts";
import { findProgram } from "../../lab/stack/find-program.ts";
import { startDevConsul } from "./consul-dev.ts";
import { ConsulContent } from "./consul-content.ts";
import type { CtsFile } from "./cts.ts";
import { CtsModule } from "./cts-module.ts";
import { temporaryFolder } from "./temporary-folder.ts";

/** What tests of CTS stand on: Consul and a module. */
export interface CtsGround extends AsyncDisposable {
  dir: string;
  content: ConsulContent;
  module: CtsModule;
  /** A name that no task has yet. */
  newName: () => string;
}

/** With a Consul of its own. */
export interface OwnGround extends CtsGround {
  /** What a CTS is started with on it. */
  file: CtsFile;
}

export async function ownGround(): Promise<OwnGround> {
  await using owned = new AsyncDisposableStack();
  const { path: dir } = owned.use(temporaryFolder());
  const { path: terraform } = await findProgram("terraform");
  const consul = owned.use(await startDevConsul());
  const content = new ConsulContent(consul.address, await consul.token(mayWrite));
  const { ports, reservation } = await reserveFreePorts(["default"]);
  owned.use(reservation);
  const reader = { address: consul.address, token: await consul.token(mayRead) };
  const file = { port: ports.console, consul: reader, terraform, dir };
  return { ...groundIn(dir, content, owned.move()), file };
}

/** The ground of a CTS that runs already, with the Consul that it watches. */
export function groundThatIs(): CtsGround {
  const { CONSUL_HTTP_ADDR: address = "http://127.0.0.1:8500", CONSUL_HTTP_TOKEN: token = "" } = process.env;
  const owned = new AsyncDisposableStack();
  const { path: dir } = owned.use(temporaryFolder());
  return groundIn(dir, new ConsulContent(address, token), owned);
}

function groundIn(dir: string, content: ConsulContent, owned: AsyncDisposableStack): CtsGround {
  return {
    dir,
    content,
    module: new CtsModule(dir),
    newName: () => `t${randomBytes(6).toString("hex")}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

const mayWrite = `key_prefix "contract/" { policy = "write" }
service_prefix "" { policy = "write" }
node_prefix "" { policy = "write" }`;

/** All that CTS needs of Consul to run tasks on these keys. */
const mayRead = `key_prefix "contract/" { policy = "read" }
service_prefix "" { policy = "read" }
node_prefix "" { policy = "read" }`;
