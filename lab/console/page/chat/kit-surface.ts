import type { LitElement } from "lit";
import type { Block, Choice, InteractiveElement, Option } from "../blocks/block-types.ts";
import type { Surface } from "../blocks/block.ts";
import { confirmed } from "../shell/confirm-dialog.ts";
import { Refused } from "../wire/http.ts";
import { type Where, workspace } from "../wire/workspace.ts";

/** Blocks whose elements tell the bot at once when used: those of a message, of the Home tab, and outside a modal's inputs. */
export class KitSurface implements Surface {
  busy = false;
  problem: Refused | null = null;
  #host: LitElement;
  #where: () => Where;

  constructor(host: LitElement, where: () => Where) {
    this.#host = host;
    this.#where = where;
  }

  act(block: Block, element: InteractiveElement, choice: Choice): void {
    void this.#act(block, element, choice);
  }

  suggest(block: Block, element: InteractiveElement, typed: string): Promise<Option[]> {
    return workspace.suggest(this.#where(), { action_id: element.action_id, block_id: block.block_id, value: typed });
  }

  async #act(block: Block, element: InteractiveElement, choice: Choice): Promise<void> {
    if (this.busy || !(await confirmed("confirm" in element ? element.confirm : undefined))) return;
    this.#show(true, null);
    try {
      await workspace.click(this.#where(), { action_id: element.action_id, block_id: block.block_id, value: choice });
      this.#show(false, null);
    } catch (problem) {
      this.#show(false, problem instanceof Refused ? problem : new Refused(String(problem), ""));
    }
  }

  #show(busy: boolean, problem: Refused | null): void {
    this.busy = busy;
    this.problem = problem;
    this.#host.requestUpdate();
  }
}
