import type { z } from "zod";
import type { option } from "./blocks/composition.ts";

export type Option = z.infer<typeof option>;

/** What the app offered in each external menu, where: a person can choose nothing else. */
export class Offered {
  readonly #menus = new Map<string, Map<string, Option>>();

  /** `menu`: the host's id, the block's and the element's. */
  add(menu: string[], options: Option[]): void {
    const key = menu.join(" ");
    const known = this.#menus.get(key) ?? new Map<string, Option>();
    for (const one of options) known.set(one.value, one);
    this.#menus.set(key, known);
  }

  in(menu: string[]): Option[] {
    return [...(this.#menus.get(menu.join(" "))?.values() ?? [])];
  }
}
