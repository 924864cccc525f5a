/** A service whose instances each get certificates under one name. */
export interface Service {
  name: string;
  /** The one name its certificates may carry. */
  serverName: string;
  instances: string[];
}

export const services: Service[] = [
  { name: "service-a", serverName: "service-a.example.com", instances: ["a-1", "a-2"] },
  { name: "service-b", serverName: "service-b.example.com", instances: ["b-1", "b-2"] },
];

/** Instances behind a firewall, where there is one. */
const zoned: Record<string, string[]> = { "service-a": ["a-app"], "service-b": ["b-db"] };

export function withZoned(service: Service): Service {
  return { ...service, instances: [...service.instances, ...(zoned[service.name] ?? [])] };
}

/** Every name by which Vault itself is reached. */
export const vaultNames = { common: "vault.certops.test", dns: ["vault.certops.test", "localhost"], ip: "127.0.0.1" };

/** Stands in a certificate as a URI and says which approved request caused it. */
export const GENERATION_URI = "urn:certops:generation:";
