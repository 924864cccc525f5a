/** `standby` answers for the active one: as good as `ok`. */
export interface VaultHealth {
  state: "ok" | "standby" | "sealed" | "down";
  /** One sentence when it cannot issue. */
  why: string | null;
}

export function canIssue({ state }: VaultHealth): boolean {
  return state === "ok" || state === "standby";
}
