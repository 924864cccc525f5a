import { refuse, type Refusal } from "./refusal.ts";

/** Automation stands still, for one service or for all. */
export interface Freeze {
  /** A service name, or "*" for all. */
  scope: string;
  by: string;
  reason: string;
  at: number;
}

/** `until`: null for a person's freeze; a hold of a lab's case lapses by itself. */
export interface FreezeInForce extends Freeze {
  until: number | null;
}

/** Told to everybody in the channel. Of a thaw, `reason` is why it had been frozen. */
export interface FreezeNotice {
  type: "freeze";
  state: "freeze" | "thaw";
  scope: string;
  by: string;
  reason: string;
}

/** The freeze that stops automation for any of these services, a person's before a hold; null when none does. */
export function freezeOf(freezes: FreezeInForce[], services: string[]): FreezeInForce | null {
  const covering = freezesOver(freezes, services);
  return covering.find(({ until }) => until === null) ?? covering[0] ?? null;
}

export function frozen(freeze: FreezeInForce): Refusal {
  const what = freeze.scope === "*" ? "All services are" : `${freeze.scope} is`;
  return freeze.until === null
    ? refuse("frozen", `${what} frozen by ${freeze.by}: ${freeze.reason}`, `Thaw first: ${thawCommand(freeze.scope)}`)
    : refuse("frozen", `${what} held by ${freeze.by}: ${freeze.reason}`, "It ends by itself: try again in a moment.");
}

/** The freezes that stop automation for one of these services; one of everything does so everywhere. */
export function freezesOver(freezes: FreezeInForce[], services: Iterable<string | null>): FreezeInForce[] {
  const names = new Set(services);
  return freezes.filter(({ scope }) => scope === "*" || names.has(scope));
}

export const thawCommand = (scope: string) => (scope === "*" ? "/cert thaw" : `/cert thaw ${scope}`);
