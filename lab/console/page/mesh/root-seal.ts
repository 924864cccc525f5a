import { html, svg } from "lit";
import { REACH } from "../instances/seal.ts";
import { fewSealPaths } from "../instances/seal-paths.ts";
import type { Root } from "../wire/status-types.ts";
import { shortRoot } from "./identity.ts";

/** A root in a line of text: its seal, so that two are told apart at a glance, and whether it is the one that signs now. */
export function rootSeal(root: Root) {
  const box = `${-REACH} ${-REACH} ${2 * REACH} ${2 * REACH}`;
  return html`<span class="root-seal ${root.active ? "good" : "warn"}" title="${root.name}, ${root.id}">
    <svg viewBox=${box} aria-hidden="true">${fewSealPaths(root.id).map((path) => svg`<path d=${path} />`)}</svg>
    <code>${shortRoot(root)}</code>
  </span>`;
}
