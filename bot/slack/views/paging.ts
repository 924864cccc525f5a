import type { types } from "@slack/bolt";
import { z } from "zod";
import { jsonOrNull } from "../../domain/json.ts";
import { button } from "./blocks.ts";

export const previousPage = "answer_previous_page";
export const nextPage = "answer_next_page";

/** What is asked again for another page: a command with its words. */
const pageState = z.object({
  command: z.enum(["/cert", "/firewall"]).default("/cert"),
  args: z.array(z.string()),
  page: z.int().min(0),
});

export type PageState = z.infer<typeof pageState>;

/** What a paging button carries; null when it is not ours. */
export function pageOf(value: string): PageState | null {
  return pageState.safeParse(jsonOrNull(value)).data ?? null;
}

/** The buttons of one page of so many. */
export function paging({ page, ...asked }: PageState, pages: number): types.Button[] {
  const turn = (to: number) => JSON.stringify({ ...asked, page: to } satisfies PageState);
  return [
    ...(page > 0 ? [button("← Previous", previousPage, turn(page - 1))] : []),
    ...(page < pages - 1 ? [button("Next →", nextPage, turn(page + 1))] : []),
  ];
}
