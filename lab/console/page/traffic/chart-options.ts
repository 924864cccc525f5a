import uPlot from "uplot";
import { type Mark, markPlugin } from "./chart-marks.ts";

interface Chart {
  width: number;
  height: number;
  /** Epoch seconds. */
  range: () => [number, number];
  marks: () => Mark[];
}

const timeOfDay = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const NEVER_LOWER_THAN = 10;

/** Requests as an area in the page's accent, failures as bars that cannot be missed; colours come from the style sheet. */
export function chartOptions({ width, height, range, marks }: Chart, style: CSSStyleDeclaration): uPlot.Options {
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const size = Number.parseFloat(style.fontSize) * 0.8;
  const font = `500 ${size}px "Geist Mono", monospace`;
  const axis = { stroke: colour("--quiet"), font, ticks: { show: false } };
  return {
    width,
    height,
    legend: { show: false },
    cursor: { show: false },
    padding: [size * 1.6, size * 2, 0, 0],
    scales: {
      x: { time: true, range: () => range() },
      y: { range: (_plot, _min, max) => [0, Math.max(NEVER_LOWER_THAN, max * 1.15)] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: size * 2.2,
        space: size * 9,
        values: (_plot, ticks) => ticks.map((at) => timeOfDay.format(at * 1000)),
      },
      { ...axis, grid: { stroke: colour("--line"), width: 1 }, size: size * 3.2, space: size * 3 },
    ],
    series: [
      {},
      { stroke: colour("--accent"), fill: colour("--accent-wash"), width: 2, points: { show: false } },
      {
        stroke: colour("--bad"),
        fill: colour("--bad"),
        width: 1,
        points: { show: false },
        paths: uPlot.paths.bars!({ size: [1, 6], align: 0 }),
      },
    ],
    plugins: [
      markPlugin(() => ({
        marks: marks(),
        colours: { leaf: colour("--quiet"), root: colour("--ink") },
        font: `500 ${size * devicePixelRatio}px "Geist Mono", monospace`,
      })),
    ],
  };
}
