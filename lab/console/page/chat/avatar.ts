import { html, type TemplateResult } from "lit";
import type { Person } from "../wire/workspace-types.ts";

/** A person's initial in their colour; the bot has the lab's seal. */
export function renderAvatar(person: Person | undefined): TemplateResult {
  if (!person) return html`<img class="avatar" src="/page/seal.svg" alt="" />`;
  return html`<svg class="avatar" viewBox="0 0 36 36" aria-hidden="true">
    <rect width="36" height="36" fill="#${person.color}" />
    <text x="18" y="24">${person.name[0]?.toUpperCase()}</text>
  </svg>`;
}
