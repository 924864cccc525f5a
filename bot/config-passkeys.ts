import type { Config } from "./config.ts";
import { approvalBy, checkApproval } from "./config-approval.ts";
import type { ConfigProblem } from "./config-problems.ts";
import type { ConfigFile } from "./config-schema.ts";
import type { ApprovalPolicy } from "./domain/approval-policy.ts";
import type { PasskeyPolicy } from "./domain/passkey.ts";

/** What the shape of `passkeys` alone cannot tell. */
export function checkPasskeys(file: ConfigFile): ConfigProblem[] {
  const { passkeys } = file;
  if (passkeys !== undefined) return checkApproval(file, passkeys.approval, ["passkeys", "approval"]);
  const approvals = [
    ...Object.entries(file.services).map(([name, { approval }]) => ({
      path: ["services", name, "approval"],
      approval,
    })),
    ...(file.mesh ? [{ path: ["mesh", "approval"], approval: file.mesh.approval }] : []),
    ...(file.firewall ? [{ path: ["firewall", "approval"], approval: file.firewall.approval }] : []),
    ...Object.entries(file.policies).map(([name, approval]) => ({ path: ["policies", name], approval })),
  ];
  return approvals.flatMap(({ path, approval }) =>
    approval.stepUp === undefined
      ? []
      : [
          {
            path: [...path, "stepUp"],
            sentence: "takes passkeys, expected the section passkeys: who approves that somebody enrols one",
          },
        ],
  );
}

/** null where the file has none. */
export function passkeyPolicy(file: ConfigFile): PasskeyPolicy | null {
  const { passkeys, http } = file;
  return passkeys === undefined
    ? null
    : { approval: approvalBy(file, passkeys.approval), origin: http.publicUrl ?? null };
}

/** What certops.yaml lets nobody approve: it takes a passkey, and there is no page that could ask for one. */
export function refusedWithoutPage({
  services,
  mesh,
  firewall,
  passkeys,
}: Pick<Config, "services" | "mesh" | "firewall" | "passkeys">): string[] {
  if (passkeys === null || passkeys.origin !== null) return [];
  const taken: [path: string, approval: ApprovalPolicy | undefined][] = [
    ...[...services].map(([name, { approval }]) => [`services.${name}`, approval] as [string, ApprovalPolicy]),
    ["mesh", mesh?.approval],
    ["firewall", firewall?.policy.approval],
  ];
  return [...taken.filter(([, approval]) => approval?.stepUp === "passkey").map(([path]) => path), "passkeys"];
}
