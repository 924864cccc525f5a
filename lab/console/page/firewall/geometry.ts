/** Where things stand in the picture, in its own units: the router in the middle, a zone at each of its corners. */
export const WIDTH = 800;
export const HEIGHT = 322;

const ZONE = 242;
const MARGIN = 1;

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export const ROUTER: Box = { x: 297, y: MARGIN, width: 206, height: HEIGHT - 2 * MARGIN };

const TOP = { y: MARGIN, height: 186 };
const BOTTOM = { y: 199, height: HEIGHT - 199 - MARGIN };

/** The callers' side left, whom they call right. */
const corners: Record<string, { side: "left" | "right"; row: typeof TOP }> = {
  application: { side: "left", row: TOP },
  database: { side: "right", row: TOP },
  management: { side: "left", row: BOTTOM },
  outsider: { side: "right", row: BOTTOM },
};

/** A zone's corner by its host's name; null for one that has none. */
export function zoneBox(host: string): Box | null {
  const corner = corners[host];
  if (corner === undefined) return null;
  return { x: corner.side === "left" ? MARGIN : WIDTH - ZONE - MARGIN, width: ZONE, ...corner.row };
}

export const isLeft = ({ x }: Box): boolean => x < ROUTER.x;

const INSET = 8;
const LABEL = 30;

/** The host within its zone. */
export function hostBox({ x, y, width, height }: Box): Box {
  return { x: x + INSET, y: y + LABEL, width: width - 2 * INSET, height: height - LABEL - INSET };
}

/** The height at which a host is wired to the router. */
export const wireOf = (host: Box): number => host.y + host.height * 0.6;

export const SEAL_RADIUS = 36;

/** The seal of what serves on a host stands towards the router. */
export function sealSpot(host: Box): { x: number; y: number } {
  const towards = SEAL_RADIUS + 14;
  return { x: isLeft(host) ? host.x + host.width - towards : host.x + towards, y: wireOf(host) };
}
