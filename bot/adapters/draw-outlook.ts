import { join } from "node:path";
import { type Canvas, createCanvas, GlobalFonts, type SKRSContext2D } from "@napi-rs/canvas";
import { type Lane, type Mark, type Outlook, scaleOf, ticks } from "../domain/outlook.ts";

export type Theme = "dark" | "light";

/** Twice the pixels that Slack shows, for screens that have them. */
const density = 2;
const width = 1_080;
const [top, laneHeight, bottom] = [150, 78, 76];
const [left, right] = [190, 46];
/** Where what has expired stands: between the names and now. */
const pastWidth = 62;
const firstTick = left + pastWidth + 62;
const family = "certops";

interface Palette {
  paper: [string, string];
  edge: string;
  ink: string;
  soft: string;
  faint: string;
  grid: string;
  lane: string;
  halo: string;
  state: Record<Mark["state"], string>;
}

const palettes: Record<Theme, Palette> = {
  dark: {
    paper: ["#17202e", "#0f1622"],
    edge: "#2b3749",
    ink: "#f2f6fc",
    soft: "#a9b8cd",
    faint: "#71829b",
    grid: "rgba(148,170,204,0.16)",
    lane: "rgba(148,170,204,0.055)",
    halo: "#141c29",
    state: { expired: "#ff6b70", near: "#ffc04d", fine: "#4fd1a5", silent: "#8d9bb1" },
  },
  light: {
    paper: ["#ffffff", "#f5f8fc"],
    edge: "#d5dee9",
    ink: "#142033",
    soft: "#4d5d75",
    faint: "#7888a0",
    grid: "rgba(45,70,110,0.13)",
    lane: "rgba(45,70,110,0.04)",
    halo: "#fafcfe",
    state: { expired: "#d3263a", near: "#c97a00", fine: "#0f8f68", silent: "#77869d" },
  },
};

/** The weekly picture as a PNG: time left runs to the right, each tenfold of it as wide as the next; a lane for each owner. */
export function drawOutlook(outlook: Outlook, theme: Theme): Buffer {
  GlobalFonts.registerFromPath(join(import.meta.dirname, "../fonts/geist.woff2"), family);
  const height = top + Math.max(1, outlook.lanes.length) * laneHeight + bottom;
  const canvas: Canvas = createCanvas(width * density, height * density);
  const pen = canvas.getContext("2d");
  pen.scale(density, density);
  const ink = palettes[theme];
  paper(pen, ink, height);
  heading(pen, ink, outlook);
  const scale = scaleOf(outlook);
  const x = (ms: number) => {
    const share = Math.log(ms / scale.from) / Math.log(scale.to / scale.from);
    return firstTick + Math.min(1, Math.max(0, share)) * (width - firstTick - right - 24);
  };
  axis(pen, ink, { x, scale, height });
  for (const [index, lane] of outlook.lanes.entries()) drawLane(pen, ink, { lane, index, x, at: outlook.at });
  if (outlook.lanes.length === 0)
    write(pen, "Nothing that is watched ends.", { x: left, y: top + 44, size: 15, color: ink.soft });
  legend(pen, ink, outlook, height);
  return canvas.toBuffer("image/png");
}

function paper(pen: SKRSContext2D, { paper: [from, to], edge }: Palette, height: number): void {
  const fill = pen.createLinearGradient(0, 0, 0, height);
  fill.addColorStop(0, from);
  fill.addColorStop(1, to);
  pen.fillStyle = fill;
  pen.strokeStyle = edge;
  pen.lineWidth = 1.5;
  pen.beginPath();
  // The corners stay clear, so that the card lies well on either of Slack's themes.
  pen.roundRect(1, 1, width - 2, height - 2, 18);
  pen.fill();
  pen.stroke();
}

interface Words {
  x: number;
  y: number;
  size: number;
  color: string;
  /** Whole hundreds: the canvas takes others for the size. */
  weight?: 400 | 500 | 600 | 700;
  align?: "left" | "right" | "center";
  most?: number;
  /** Behind the letters, so that a line does not run through them. */
  halo?: string;
}

/** Returns how wide it came out. */
function write(pen: SKRSContext2D, text: string, words: Words): number {
  const { x, y, size, color, weight = 400, align = "left", most = Infinity, halo } = words;
  pen.font = `${weight} ${size}px ${family}, "DejaVu Sans", sans-serif`;
  pen.fillStyle = color;
  pen.textAlign = align;
  pen.textBaseline = "middle";
  let shown = text;
  while (pen.measureText(shown).width > most && shown.length > 2) shown = `${shown.slice(0, -2).trimEnd()}…`;
  if (halo !== undefined) {
    pen.strokeStyle = halo;
    pen.lineWidth = 5;
    pen.lineJoin = "round";
    pen.strokeText(shown, x, y);
  }
  pen.fillText(shown, x, y);
  return pen.measureText(shown).width;
}

const dayOf = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

function heading(pen: SKRSContext2D, ink: Palette, { at, counts }: Outlook): void {
  write(pen, "Expiries ahead", { x: 40, y: 50, size: 29, color: ink.ink, weight: 600 });
  write(pen, dayOf.format(at), { x: 40, y: 84, size: 15, color: ink.soft });
  const told = [
    [counts.expired, "expired", ink.state.expired],
    [counts.near, "near their end", ink.state.near],
    [counts.silent, "not reached", ink.state.silent],
    [counts.fine, "fine", ink.state.fine],
  ] as const;
  let x = width - 40;
  for (const [count, label, color] of told.toReversed()) {
    const shown = count === 0 && label !== "fine" ? ink.faint : color;
    const wide = Math.max(
      write(pen, String(count), { x, y: 48, size: 31, color: shown, weight: 600, align: "right" }),
      write(pen, label, { x, y: 84, size: 13.5, color: ink.soft, align: "right" }),
    );
    x -= wide + 34;
  }
}

function axis(
  pen: SKRSContext2D,
  ink: Palette,
  { x, scale, height }: { x: (ms: number) => number; scale: { from: number; to: number }; height: number },
): void {
  const end = height - bottom + 4;
  for (const { ms, label } of ticks.filter((tick) => tick.ms >= scale.from && tick.ms <= scale.to)) {
    line(pen, ink.grid, [x(ms), top - 8, x(ms), end]);
    write(pen, label, { x: x(ms), y: top - 24, size: 13, color: ink.faint, align: "center" });
  }
  const now = left + pastWidth;
  line(pen, ink.soft, [now, top - 12, now, end], [3, 4]);
  write(pen, "now", { x: now, y: top - 24, size: 13, color: ink.soft, weight: 600, align: "center" });
}

function line(
  pen: SKRSContext2D,
  color: string,
  [x1, y1, x2, y2]: [number, number, number, number],
  dash: number[] = [],
): void {
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
  pen.setLineDash([]);
}

function drawLane(
  pen: SKRSContext2D,
  ink: Palette,
  { lane, index, x, at }: { lane: Lane; index: number; x: (ms: number) => number; at: number },
): void {
  const y = top + index * laneHeight;
  if (index % 2 === 0) {
    pen.fillStyle = ink.lane;
    pen.fillRect(14, y, width - 28, laneHeight);
  }
  write(pen, lane.name, { x: 40, y: y + laneHeight / 2, size: 16, color: ink.ink, weight: 600, most: left - 56 });
  const centreOf = ({ notAfter }: Mark) => (notAfter <= at ? left + pastWidth / 2 - 6 : x(notAfter - at));
  // The sooner lies over the later, where there is no room for both.
  for (const mark of lane.marks.toReversed()) drawMark(pen, ink, mark, { centre: centreOf(mark), y: y + 30 });
  let free = 0;
  for (const mark of lane.marks) {
    const [centre, radius] = [centreOf(mark), radiusOf(mark)];
    if (mark.state === "fine" || centre - radius < free) continue;
    // Only what asks for somebody is named, as far as there is room.
    const start = Math.max(left - 24, centre - radius);
    const wide = write(pen, mark.label, {
      x: start,
      y: y + laneHeight - 15,
      size: 12.5,
      color: ink.soft,
      halo: ink.halo,
      most: 210,
    });
    free = start + wide + 14;
  }
}

const radiusOf = ({ count }: Pick<Mark, "count">) => Math.min(19, 7.5 + 3.2 * Math.log2(count));

function drawMark(
  pen: SKRSContext2D,
  ink: Palette,
  { state, count }: Mark,
  { centre, y }: { centre: number; y: number },
): void {
  const radius = radiusOf({ count });
  const color = ink.state[state];
  pen.beginPath();
  pen.arc(centre, y, radius + 2.5, 0, 2 * Math.PI);
  pen.fillStyle = ink.halo;
  pen.fill();
  pen.beginPath();
  pen.arc(centre, y, radius, 0, 2 * Math.PI);
  if (state === "silent") {
    // What is not known is not filled.
    pen.strokeStyle = color;
    pen.lineWidth = 2;
    pen.setLineDash([3.5, 3]);
    pen.stroke();
    pen.setLineDash([]);
  } else {
    pen.fillStyle = color;
    pen.fill();
  }
  if (count > 1) {
    const shown = count > 999 ? "999+" : String(count);
    const on = state === "silent" ? color : ink.halo;
    write(pen, shown, {
      x: centre,
      y: y + 0.5,
      size: radius > 14 ? 13 : 11.5,
      color: on,
      weight: 700,
      align: "center",
    });
  }
}

function legend(pen: SKRSContext2D, ink: Palette, { more }: Outlook, height: number): void {
  const y = height - 34;
  let x = 40;
  for (const [state, label] of [
    ["expired", "expired"],
    ["near", "crossed a threshold"],
    ["silent", "not reached: what it showed last"],
    ["fine", "fine"],
  ] as const) {
    drawMark(pen, ink, { state, count: 1, notAfter: 0, label: "" }, { centre: x + 7, y });
    x += 24 + write(pen, label, { x: x + 22, y, size: 13, color: ink.soft }) + 24;
  }
  const note = more === 0 ? "each tenfold of time is equally wide" : `and ${more} more owners`;
  write(pen, note, { x: width - 40, y, size: 13, color: ink.faint, align: "right" });
}
