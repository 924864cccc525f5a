import type { LabStatus } from "../../../status.ts";

export type MeshStatus = NonNullable<LabStatus["mesh"]>;
export type SidecarStatus = MeshStatus["sidecars"][number];
export type Root = MeshStatus["ca"]["roots"][number];
export type Intention = MeshStatus["intentions"][number];
export type FirewallStatus = NonNullable<LabStatus["firewall"]>;
export type ZonedStatus = FirewallStatus["services"][number];
export type RoutedRule = NonNullable<FirewallStatus["router"]["rules"]>[number];
