import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../replace-file.ts";
import type { LabInstance, MeshInstance, ZonedInstance } from "../state.ts";
import type { AgentFiles } from "./consul-agent.ts";
import { type InMesh, meshDefinition } from "./mesh-definition.ts";

const CHECK = join(import.meta.dirname, "../../services/check.ts");

/** The services of Consul's client: a file for each instance, in a folder that it reads at start and when told to reload. */
export class ServiceDefinitions {
  readonly #files: AgentFiles;
  readonly #caFile: string;
  readonly #reload: () => Promise<unknown>;

  /** `caFile`: the root by which the checks know an instance. */
  constructor(files: AgentFiles, caFile: string, reload: () => Promise<unknown>) {
    this.#files = files;
    this.#caFile = caFile;
    this.#reload = reload;
  }

  /** For an agent that is still to be started. */
  async write(instance: LabInstance | ZonedInstance): Promise<void> {
    await this.#write(instance.instance, definition(instance, this.#caFile));
  }

  /** The same for one in the mesh and its sidecar. */
  async writeInMesh(instance: MeshInstance, how: InMesh): Promise<void> {
    await this.#write(instance.instance, meshDefinition(instance, how));
  }

  async put(instance: LabInstance | ZonedInstance): Promise<void> {
    await this.write(instance);
    await this.#reload();
  }

  async remove(instance: string): Promise<void> {
    await rm(this.#fileOf(instance), { force: true });
    await this.#reload();
  }

  async #write(instance: string, content: object): Promise<void> {
    await mkdir(this.#files.services, { recursive: true, mode: 0o700 });
    await replaceFile(this.#fileOf(instance), JSON.stringify(content, null, 2));
  }

  #fileOf(instance: string): string {
    return join(this.#files.services, `${instance}.json`);
  }
}

/** As Consul's file has it. The check shakes hands with the instance, showing the instance's own pair. */
function definition(of: LabInstance | ZonedInstance, caFile: string): object {
  const { service, instance, adminPort, serverName, identityFile } = of;
  const { host, port, there, patience } = whereabouts(of);
  const environment = {
    IDENTITY_FILE: identityFile,
    CA_FILE: caFile,
    HOST: host,
    PORT: String(port),
    SERVER_NAME: serverName,
  };
  const settings = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return {
    service: {
      id: instance,
      name: service,
      address: host,
      port,
      tags: ["mtls", `instance=${instance}`, `admin=${of.host}:${adminPort}`],
      checks: [
        {
          id: `handshake-${instance}`,
          name: "mTLS handshake with its own pair",
          args: [...there, "env", ...settings, process.execPath, CHECK],
          interval: "5s",
          timeout: "5s",
          ...patience,
        },
      ],
    },
  };
}

/** Behind the router, one is checked on its own host: from Consul's, a closed firewall would look like an illness. */
function whereabouts(of: LabInstance | ZonedInstance) {
  if (!("on" in of)) return { host: of.host, port: of.port, there: [], patience: {} };
  return {
    host: of.address,
    port: of.servesAt,
    there: ["nsenter", `--net=/run/netns/${of.on}`, "--"],
    // A service that is taken out of the catalog is taken out of the firewall: one late answer is not worth that.
    patience: { status: "passing", failures_before_critical: 3 },
  };
}
