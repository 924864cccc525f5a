import type uPlot from "uplot";
import type { Swap } from "../../frame.ts";

/** Swaps nearer than this share one line and one label, in seconds. */
const TOGETHER_S = 3;

export interface Mark {
  /** Epoch seconds, as the chart counts. */
  at: number;
  label: string;
}

/** Instances that rotated together are named together. */
export function marks(swaps: Swap[]): Mark[] {
  const found: { at: number; instances: Set<string> }[] = [];
  for (const { at, instance } of swaps) {
    const last = found.at(-1);
    if (last && at / 1000 - last.at < TOGETHER_S) last.instances.add(instance);
    else found.push({ at: at / 1000, instances: new Set([instance]) });
  }
  return found.map(({ at, instances }) => ({ at, label: [...instances].toSorted().join(" ") }));
}

/** Draws a line at each rotation, with the names of the instances at its top. */
export function markPlugin(read: () => { marks: Mark[]; colour: string; font: string }): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const { marks: shown, colour, font } = read();
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, 0, ctx.canvas.width - bbox.left, bbox.top + bbox.height);
        ctx.clip();
        ctx.strokeStyle = colour;
        ctx.fillStyle = colour;
        ctx.font = font;
        ctx.textAlign = "center";
        ctx.textBaseline = "bottom";
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash([3 * devicePixelRatio, 3 * devicePixelRatio]);
        let free = -Infinity;
        for (const { at, label } of shown) {
          const x = Math.round(plot.valToPos(at, "x", true));
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          const half = ctx.measureText(label).width / 2;
          if (x - half < free) continue;
          ctx.fillText(label, x, bbox.top - 2 * devicePixelRatio);
          free = x + half + 4 * devicePixelRatio;
        }
        ctx.restore();
      },
    },
  };
}
