/** Where things stand in the picture, in its own units: service-a's column left, service-b's right, calls between them. */
export const WIDTH = 800;
const COLUMN = 180;
const GUTTER = 10;
const MARGIN = 1;
const FIRST_LANE = 56;
const LANE = 138;
const ROOTS = 58;

export type Side = "left" | "right";
export type Lane = "mtls" | "mesh";
export interface Spot {
  x: number;
  y: number;
}

export const MIDDLE = WIDTH / 2;
/** Of a seal in the picture. */
export const RADIUS = 37;
export const ROOT_RADIUS = 19;
/** Where lines to and from a column end. */
export const FROM = COLUMN + GUTTER;
export const TO = WIDTH - COLUMN - GUTTER;
/** The box from which the clients outside call. */
export const OUTSIDE_BOX = { x: TO - 112, y: 6, width: 112, height: 42 };
export const OUTSIDE_LINE = OUTSIDE_BOX.y + OUTSIDE_BOX.height / 2 - 4;

const laneTop = (lane: Lane): number => FIRST_LANE + (lane === "mesh" ? LANE + 6 : 0);

/** With the mesh there is its lane too, and its roots. */
export const heightOf = (mesh: boolean): number => columnHeight(mesh) + (mesh ? ROOTS : MARGIN);

export function column(side: Side, mesh: boolean) {
  const x = side === "left" ? MARGIN : WIDTH - COLUMN - MARGIN;
  return { x, y: MARGIN, width: COLUMN, height: columnHeight(mesh) - MARGIN };
}

const columnHeight = (mesh: boolean): number => laneTop(mesh ? "mesh" : "mtls") + LANE - (mesh ? 16 : 0);

/** The line between a column's lanes. */
export const SEAM = laneTop("mesh") - 3;

/** The middle of an instance's seal, one of `count` in its column. */
export function instanceSpot(side: Side, index: number, count: number): Spot {
  const { x, width } = column(side, false);
  return { x: x + (width * (index + 0.5)) / count, y: laneTop("mtls") + 62 };
}

/** Seals in a column shrink when there are many: a rollout runs the new beside the old. */
export const instanceRadius = (count: number): number => Math.min(RADIUS, COLUMN / count / 2 - 5);

/** The app stands on the far side of its sidecar, seen from the other service. */
export function appSpot(side: Side): Spot {
  return { x: side === "left" ? 40 : WIDTH - 40, y: sidecarSpot(side).y };
}

export function sidecarSpot(side: Side): Spot {
  return { x: side === "left" ? 134 : WIDTH - 134, y: laneTop("mesh") + 62 };
}

/** The heights of a lane's two lines, left to right above right to left, and of what stands between them. */
export function lines(lane: Lane) {
  const top = laneTop(lane);
  return { there: top + 28, back: top + 108, identities: top + 64, lock: top + 56 };
}

/** Roots stand in a row beneath the mesh's calls. */
export function rootSpot(index: number, count: number): Spot {
  const each = Math.min(210, (TO - FROM) / count);
  return { x: MIDDLE + (index - (count - 1) / 2) * each - 58, y: columnHeight(true) + 32 };
}

/** From a root up to the sidecar whose leaf it vouches for, beneath the lines of the mesh. */
export function vouching(root: Spot, sidecar: Spot): string {
  const from = { x: root.x, y: root.y - ROOT_RADIUS - 2 };
  const to = { x: sidecar.x, y: sidecar.y + RADIUS + 2 };
  return `M${from.x} ${from.y}C${from.x} ${from.y - 24} ${to.x} ${from.y + 14} ${to.x} ${to.y}`;
}
