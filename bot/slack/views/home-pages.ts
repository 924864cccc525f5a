import { z } from "zod";
import { jsonOrNull } from "../../domain/json.ts";
import type { HomeNote, HomePages } from "../../operations/store-ports.ts";
import { actions, type Block, button, context, named } from "./blocks.ts";

export const homePrevious = "home_previous_page";
export const homeNext = "home_next_page";

/** What is drawn of one thing, which a note may be about. */
export interface HomeRow {
  about: string;
  blocks: Block[];
}

const rowsPerPage = 10;

const place = z.int().min(0);
const state = z.object({ requests: place, expiring: place });

/** What a paging button carries; null when it is not ours. */
export function homePagesOf(value: string): HomePages | null {
  return state.safeParse(jsonOrNull(value)).data ?? null;
}

/** A page past the end is the last. */
export function onPage<T>(all: T[], page: number): T[] {
  const current = shownPage(all.length, page);
  return all.slice(current * rowsPerPage, (current + 1) * rowsPerPage);
}

const shownPage = (total: number, page: number) => Math.min(page, Math.max(0, Math.ceil(total / rowsPerPage) - 1));

/** Empty where one page holds it all. */
export function pager(list: keyof HomePages, total: number, pages: HomePages): Block[] {
  const last = Math.ceil(total / rowsPerPage) - 1;
  if (last < 1) return [];
  const current = shownPage(total, pages[list]);
  const turn = (to: number) => JSON.stringify({ ...pages, [list]: to } satisfies HomePages);
  const buttons = actions([
    ...(current > 0 ? [button("← Previous", homePrevious, turn(current - 1))] : []),
    ...(current < last ? [button("Next →", homeNext, turn(current + 1))] : []),
  ]);
  return [
    context(`page ${current + 1} of ${last + 1}, ${total} in all`),
    ...(buttons === null ? [] : [named(`pages-${list}`, buttons)]),
  ];
}

/** The rows' blocks, with the note under the row it is about; `over`: the note that is about none of them. */
export function withNote(rows: HomeRow[], note: HomeNote | null): { rows: Block[]; over: Block | null } {
  const its = note === null ? -1 : rows.findIndex(({ about }) => about === note.about);
  const told = note && named("note", { type: "section", text: { type: "mrkdwn", text: note.said, verbatim: true } });
  const blocks = rows.flatMap((row, index) => (index === its && told !== null ? [...row.blocks, told] : row.blocks));
  return { rows: blocks, over: its < 0 ? told : null };
}
