import { writeFile } from "node:fs/promises";
import { callPages } from "../../bot/adapters/call-page.ts";
import { consulClient } from "../../bot/adapters/consul/client.ts";
import { intentions } from "../../bot/adapters/consul/intentions.ts";
import type { Action, Intention } from "../../bot/domain/intention.ts";
import type { MeshPolicy } from "../../bot/domain/mesh.ts";
import type { Mesh } from "../../bot/operations/ports.ts";
import { startDevConsul } from "./consul-dev.ts";
import type { DevAgent } from "./dev-agent.ts";
import { aPolicy, pair } from "./intention-fixtures.ts";
import { temporaryFolder } from "./temporary-folder.ts";
import { httpServer } from "./tls-server.ts";

/** What the lab's bot may do in Consul. */
export const botRules = `
  service_prefix "" { policy = "read" }
  node_prefix "" { policy = "read" }
  service "service-a" { policy = "read" intentions = "write" }
  service "service-b" { policy = "read" intentions = "write" }
`;

/** What the page of service-a's instance says of its call to service-b. */
export type Sidecars = "obey Consul" | "have not heard" | "are gone";

/** A real Consul, and a page of service-a that tells what came of its call. */
export interface MeshWorld extends AsyncDisposable {
  consul: DevAgent;
  mesh: Mesh;
  page: string;
  tokenFile: string;
  /** Whether the page's call follows what Consul says. */
  sidecars: Sidecars;
  /** Consul's index of the last change to service-b's config entry. */
  version(): Promise<number>;
  /** As a file or a person would set it, in the place of whatever is there; null: there is none. */
  seed(action: Action | null): Promise<void>;
  /** service-a → service-b, as Consul has it. */
  own(): Promise<Intention | null>;
}

export async function aMeshWorld(policy: Partial<MeshPolicy> = {}): Promise<MeshWorld> {
  await using owned = new AsyncDisposableStack();
  const consul = owned.use(await startDevConsul());
  const tokenFile = owned.use(temporaryFolder()).file("token");
  await writeFile(tokenFile, await consul.token(botRules), { mode: 0o600 });
  const api = intentions(consulClient({ address: consul.address, caFile: "none", tokenFile, deadlineMs: 2_000 }));
  /** What the sidecars heard last. */
  let passes = true;
  const server = await httpServer((_request, response) => {
    void (async () => {
      if (world.sidecars === "are gone") return response.destroy();
      if (world.sidecars === "obey Consul") passes = await api.allows(pair).catch(() => passes);
      response.end(`service-a called service-b.\nOutcome: ${passes ? "answered" : "refused"}\n`);
    })();
  });
  const page = `http://127.0.0.1:${owned.use(server).port}/w-mtls`;
  const probes = [{ ...pair, url: page }];
  const kept = owned.move();
  const world: MeshWorld = {
    consul,
    page,
    tokenFile,
    sidecars: "obey Consul",
    mesh: { policy: aPolicy({ probes, ...policy }), intentions: api, calls: callPages(async () => []) },
    version: async () => (await api.read("service-b")).version,
    async seed(action) {
      const Sources = [
        ...(action === null ? [] : [{ Name: "service-a", Action: action }]),
        { Name: "*", Action: "deny" },
      ];
      await consul.ask("PUT", "/v1/config", { Kind: "service-intentions", Name: "service-b", Sources });
      passes = await api.allows(pair);
    },
    own: async () =>
      (await api.list()).find((one) => one.source === "service-a" && one.destination === "service-b") ?? null,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
  return world;
}
