import type { OwnAttention } from "../../operations/attention.ts";
import { actions, button, header, named, section } from "./blocks.ts";
import type { HomeRow } from "./home-pages.ts";
import { reviewAction, toReviewText } from "./standing-of.ts";

const atMost = 5;

/** What one person let through alone and nobody has looked at since: to be reviewed here by who may. */
export function reviewRows(toReview: OwnAttention["toReview"]): HomeRow[] {
  if (toReview.length === 0) return [];
  const more = toReview.length - atMost;
  return [
    { about: "", blocks: [header("To review")] },
    ...toReview.slice(0, atMost).map(reviewRow),
    ...(more > 0 ? [{ about: "", blocks: [section(`_…and ${more} more: \`/approvals\`_`)] }] : []),
  ];
}

function reviewRow({ request, yours }: OwnAttention["toReview"][number]): HomeRow {
  const { id } = request;
  const buttons = actions(yours ? [button("Review…", reviewAction, id, "primary")] : []);
  return {
    about: id,
    blocks: [
      named(`review-${id}`, section(toReviewText(request))),
      ...(buttons === null ? [] : [named(`reviewing-${id}`, buttons)]),
    ],
  };
}
