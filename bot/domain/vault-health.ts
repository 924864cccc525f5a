/** `standby` answers for the active one: as good as `ok`. */
export interface VaultHealth {
  state: "ok" | "standby" | "sealed" | "down";
  /** One sentence when it cannot issue. */
  why: string | null;
}

/** Why nothing can be issued now and what mends it, for a person; null when Vault can issue. */
export function whyNotIssuing(health: VaultHealth): string | null {
  if (canIssue(health)) return null;
  return health.state === "sealed"
    ? "Vault is sealed: unseal it, nothing is issued until then."
    : `Vault is down, as certops sees it: nothing is issued until it is back.${health.why === null ? "" : ` ${health.why}`}`;
}

export function canIssue({ state }: VaultHealth): boolean {
  return state === "ok" || state === "standby";
}
