import type { Edge } from "./edges.ts";

export type EdgeState = "flowing" | "idle" | "failing" | "denied";

/** Below this nobody calls: one request in ten seconds. */
const IDLE = 0.1;

export function stateOf({ rate, denied }: Edge): EdgeState {
  if (denied !== null) return "denied";
  if (rate !== null && rate.failed >= IDLE) return "failing";
  return rate !== null && rate.ok >= IDLE ? "flowing" : "idle";
}

/** What stands on the line: `16/s`, `14/s · 2/s fail`, `denied · 8/s refused`. */
export function rateWords(edge: Edge): string {
  const { rate } = edge;
  const ok = perSecond(rate?.ok ?? 0);
  const failed = perSecond(rate?.failed ?? 0);
  switch (stateOf(edge)) {
    case "denied":
      return (rate?.failed ?? 0) >= IDLE ? `denied · ${failed} refused` : "denied";
    case "failing":
      return `${ok} · ${failed} fail`;
    case "flowing":
      return ok;
    case "idle":
      return rate === null ? "no word" : "no calls";
  }
}

const WAYS = { outside: "from outside, without a certificate", mtls: "by own mTLS", mesh: "through the mesh" };

/** The whole edge in sentences: read out on focus, and shown beneath the picture. */
export function edgeSentence(edge: Edge): string {
  const { from, to, way, rate, denied } = edge;
  const carried = rate
    ? `${perSecond(rate.ok)} answered, ${perSecond(rate.failed)} failed.`
    : "How much is not known: the caller does not answer.";
  return [`${from} → ${to} ${WAYS[way]}:`, carried, denied ?? "Allowed.", ends(edge)].join(" ");
}

/** Two SPIFFE ids of one mesh differ at their ends alone. */
function ends({ way, caller, answerer }: Edge): string {
  if (answerer === null) return "No certificate is shown.";
  if (caller === null) return `${answerer.whole}.`;
  return `${caller.whole} → ${way === "mesh" ? answerer.lines[1] : answerer.whole}.`;
}

const perSecond = (value: number) => `${value > 0 && value < 1 ? value.toFixed(1) : Math.round(value)}/s`;
