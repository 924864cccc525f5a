import { html, nothing, svg, type TemplateResult } from "lit";
import type { Chart, PlottedChart } from "./block-types.ts";

type Plotted = Pick<PlottedChart, "series" | "axis_config">;

/** In the units of the drawing, which is as wide as its message. */
const wide = 480;
const tall = 110;
const headroom = 16;

/** A chart as its numbers, drawn: groups of bars, whatever kind of chart it is; of a pie a bar for each segment. */
export function renderChart(title: string, chart: Chart): TemplateResult {
  const { series, axis_config } = chart.type === "pie" ? ofPie(chart) : chart;
  const { categories, x_label, y_label } = axis_config;
  const most = Math.max(1, ...series.flatMap(({ data }) => data.map(({ value }) => value)));
  return html`<figure class="block chart" aria-label=${title}>
    <figcaption><strong>${title}</strong>${y_label ? html`<small>${y_label}</small>` : nothing}</figcaption>
    <svg viewBox="0 0 ${wide} ${tall + headroom + 18}" role="list" aria-label=${title}>
      ${categories.map((category, place) => group(category, { place, of: categories.length, series, most }))}
      <line x1="0" x2=${wide} y1=${tall + headroom} y2=${tall + headroom}></line>
    </svg>
    ${x_label ? html`<small class="x-label">${x_label}</small>` : nothing}
    ${
      series.length < 2
        ? nothing
        : html`<ul class="legend">
            ${series.map(({ name }, index) => html`<li><i class="series-${index}"></i>${name}</li>`)}
          </ul>`
    }
  </figure>`;
}

function group(
  category: string,
  { place, of, series, most }: { place: number; of: number; series: Plotted["series"]; most: number },
) {
  const room = wide / of;
  const values = series.map(({ data }) => data.find(({ label }) => label === category)?.value ?? 0);
  const bar = Math.min(32, (room * 0.8) / series.length);
  const left = room * place + (room - bar * series.length) / 2;
  const told = series.map(({ name }, index) => `${name} ${values[index] ?? 0}`.trim()).join(", ");
  return svg`<g role="listitem" aria-label="${category}: ${told}">
    ${values.map((value, index) => column({ value, index, most, x: left + bar * index, bar }))}
    <text class="category" x=${room * (place + 0.5)} y=${tall + headroom + 13}>${category}</text>
  </g>`;
}

function column({
  value,
  index,
  most,
  x,
  bar,
}: {
  value: number;
  index: number;
  most: number;
  x: number;
  bar: number;
}) {
  if (value <= 0) return nothing;
  const height = Math.max(2, (tall * value) / most);
  const y = tall + headroom - height;
  return svg`<rect class="series-${index}" x=${x + 1} y=${y} width=${bar - 2} height=${height} rx="3"></rect>
    <text x=${x + bar / 2} y=${y - 4}>${value}</text>`;
}

const ofPie = ({ segments }: Extract<Chart, { type: "pie" }>): Plotted => ({
  series: [{ name: "", data: segments }],
  axis_config: { categories: segments.map(({ label }) => label) },
});
