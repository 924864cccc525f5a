import { z } from "zod";
import type { Desk } from "../operations/command.ts";
import { suggestInMesh } from "../operations/suggest-services.ts";
import type { Suggestion } from "../domain/suggest.ts";
import { within } from "../operations/waiting.ts";
import { option } from "./views/form.ts";
import { meshServices } from "./views/intention-modal.ts";
import { managedServices } from "./views/renewal-modal.ts";

const asked = z.object({
  type: z.literal("block_suggestion"),
  action_id: z.string(),
  value: z.string().default(""),
});

/** Somebody types into a menu whose options the bot offers. `menu`: its action id. */
export interface Typing {
  menu: string;
  typed: string;
}

/** null: the body is of something else. */
export function typingIn(body: unknown): Typing | null {
  const { success, data } = asked.safeParse(body);
  return success ? { menu: data.action_id, typed: data.value } : null;
}

export type Suggestions = (typing: Typing) => Promise<Suggestion[]>;

/** What can be chosen in each of the menus; in one that is not ours, nothing. */
export const suggestionsOf =
  (desk: Pick<Desk, "suggest"> & { mesh: Pick<NonNullable<Desk["mesh"]>, "services"> | null }): Suggestions =>
  async ({ menu, typed }) => {
    switch (menu) {
      case managedServices:
        return desk.suggest(typed);
      case meshServices:
        return suggestInMesh(desk.mesh?.services ?? [], typed);
      default:
        return [];
    }
  };

/** Slack waits three seconds, and somebody is typing. */
const deadlineMs = 2_000;
const mostOptions = 100;

/** What Slack is answered. Throws the Failure of what does not answer. */
export async function optionsFor(suggestions: Suggestions, typing: Typing) {
  const found = await within(deadlineMs, "The list", suggestions(typing));
  return { options: found.slice(0, mostOptions).map(({ name, about }) => option(name, about)) };
}
