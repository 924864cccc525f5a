import type uPlot from "uplot";
import type { RootChange, Swap } from "../../frame.ts";
import { labelPlaces } from "./label-places.ts";

/** Swaps nearer than this share one line and one label, in seconds. */
const TOGETHER_S = 3;

export interface Mark {
  /** Epoch seconds, as the chart counts. */
  at: number;
  label: string;
  /** Another root of the mesh, which weighs more than a leaf. */
  root: boolean;
}

/** Instances that rotated together are named together; each new root of the mesh stands for itself. */
export function marks(swaps: Swap[], rootChanges: RootChange[]): Mark[] {
  const found: { at: number; instances: Set<string> }[] = [];
  for (const { at, instance } of swaps) {
    const last = found.at(-1);
    if (last && at / 1000 - last.at < TOGETHER_S) last.instances.add(instance);
    else found.push({ at: at / 1000, instances: new Set([instance]) });
  }
  return [
    ...found.map(({ at, instances }) => ({ at, label: [...instances].toSorted().join(" "), root: false })),
    ...rootChanges.map(({ at }) => ({ at: at / 1000, label: "new root", root: true })),
  ].toSorted((one, other) => one.at - other.at);
}

interface Look {
  marks: Mark[];
  /** Of a leaf's mark and of a root's. */
  colours: { leaf: string; root: string };
  font: string;
}

/** Draws a line at each rotation: with the names of the instances at its top; a new root of the mesh is the bolder one. */
export function markPlugin(read: () => Look): uPlot.Plugin {
  return {
    hooks: {
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const { marks: shown, colours, font } = read();
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, 0, ctx.canvas.width - bbox.left, bbox.top + bbox.height);
        ctx.clip();
        ctx.font = font;
        ctx.textAlign = "left";
        ctx.textBaseline = "bottom";
        const lines = shown.map(({ at, label, root }) => ({
          x: Math.round(plot.valToPos(at, "x", true)),
          width: ctx.measureText(label).width,
          first: root,
        }));
        const places = labelPlaces(lines, ctx.canvas.width);
        for (const [index, { label, root }] of shown.entries()) {
          ctx.strokeStyle = ctx.fillStyle = root ? colours.root : colours.leaf;
          ctx.lineWidth = (root ? 2 : 1) * devicePixelRatio;
          ctx.setLineDash(root ? [] : [3 * devicePixelRatio, 3 * devicePixelRatio]);
          const x = lines[index]?.x ?? 0;
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
          const left = places[index] ?? null;
          if (left !== null) ctx.fillText(label, left, bbox.top - 2 * devicePixelRatio);
        }
        ctx.restore();
      },
    },
  };
}
