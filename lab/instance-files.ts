import { dirname, join } from "node:path";
import type { LabInstance } from "./state.ts";

/** What an instance reads, each file its own: key, certificate and chain; the roots it trusts; the intermediate's revocation list. */
export interface InstanceFiles {
  identity: string;
  ca: string;
  crl: string;
}

/** Under Nomad the secret one lies in the task's own folder for secrets, the others beside it. */
export function filesOf({ identityFile, runsIn }: Pick<LabInstance, "identityFile" | "runsIn">): InstanceFiles {
  const folder = runsIn.kind === "nomad" ? join(identityFile, "../../local") : dirname(identityFile);
  return { identity: identityFile, ca: join(folder, "root.pem"), crl: join(folder, "intermediate.crl") };
}
