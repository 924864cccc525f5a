import { join } from "node:path";
import { hclString as text } from "./hcl.ts";
import type { VaultProgram } from "./program.ts";

/** Every file of the server, inside the lab's folder. */
export interface ServerFiles {
  config: string;
  /** Certificate, chain and key in one file, so that they always belong together. */
  tls: string;
  data: string;
  audit: string;
  pid: string;
  unsealKey: string;
  /** The root's certificate: what every client trusts. */
  ca: string;
  rootCrl: string;
}

export function serverFiles(dir: string): ServerFiles {
  const vault = join(dir, "vault");
  return {
    config: join(vault, "server.hcl"),
    tls: join(vault, "tls.pem"),
    data: join(vault, "data"),
    audit: join(vault, "audit.log"),
    pid: join(vault, "bao.pid"),
    unsealKey: join(vault, "unseal.key"),
    ca: join(dir, "pki", "root.pem"),
    rootCrl: join(dir, "pki", "root.crl"),
  };
}

export interface ServerConfig {
  kind: VaultProgram["kind"];
  address: string;
  port: number;
  clusterPort: number;
  files: ServerFiles;
}

/** The server's own file. OpenBao takes its audit device from here only; HashiCorp's Vault takes it through the API only. */
export function serverConfig({ kind, address, port, clusterPort, files }: ServerConfig): string {
  const audit = `
audit "file" "certops" {
  options { file_path = ${text(files.audit)} }
}
`;
  return `api_addr     = ${text(address)}
cluster_addr = ${text(`https://127.0.0.1:${clusterPort}`)}
pid_file     = ${text(files.pid)}
${kind === "vault" ? "disable_mlock = true\n" : ""}
storage "raft" {
  path    = ${text(files.data)}
  node_id = "lab"
  # The default is meant for slow networks: a node alone would wait seconds before it elects itself.
  performance_multiplier = 1
}

listener "tcp" {
  address         = "127.0.0.1:${port}"
  cluster_address = "127.0.0.1:${clusterPort}"
  tls_cert_file   = ${text(files.tls)}
  tls_key_file    = ${text(files.tls)}
  tls_min_version = "tls12"
}
${kind === "openbao" ? audit : ""}`;
}
