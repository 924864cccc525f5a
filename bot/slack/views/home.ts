import type { types } from "@slack/bolt";
import type { Request } from "../../domain/request.ts";
import type { OwnAttention } from "../../operations/attention.ts";
import type { Home } from "../../operations/store-ports.ts";
import { frozenBanner } from "./answer.ts";
import { actions, type Block, button, context, divider, header, lines, named, section, viewBlocks } from "./blocks.ts";
import { besides, expiringHeading, expiringRow } from "./home-expiring.ts";
import { type HomeRow, onPage, pager, withNote } from "./home-pages.ts";
import { pendingRow, runningLine } from "./home-requests.ts";
import { reviewRows } from "./home-reviews.ts";
import { intentionAction } from "./intention-modal.ts";
import { renewAction } from "./renewal-modal.ts";
import type { DrawnAt } from "./request.ts";
import { count, plain } from "./words.ts";

export const firewallFormAction = "firewall_form";

export interface HomeDrawn {
  seen: OwnAttention;
  home: Pick<Home, "pages" | "note">;
  /** What can be asked for besides renewals. */
  offers: { mesh: boolean; firewall: boolean };
  /** Where requests and receipts stand. */
  channel: string;
  drawnAt: (request: Request) => DrawnAt;
}

/**
 * The Home tab of one person: what waits for them, what runs, what ends soon, what is unknown. It stands until something
 * changes, so its times are absolute.
 */
export function homeView({ seen, home, offers, channel, drawnAt }: HomeDrawn): types.HomeView {
  const { pending, running, toReview, expiring, snoozes } = seen;
  const { pages, note } = home;
  const open = [...pending.map(({ request }) => request), ...running];
  const { rows, over } = withNote(
    [
      plainRow(header("To decide"), decideHere(pending, channel)),
      ...onPage(pending, pages.requests).flatMap((one, place) => [
        ...(place === 0 ? [] : [plainRow(divider)]),
        pendingRow(one, drawnAt(one.request)),
      ]),
      plainRow(...pager("requests", pending.length, pages)),
      ...reviewRows(toReview),
      ...(running.length === 0 ? [] : [plainRow(header("Under way"), section(lines(running.map(runningLine), 10)))]),
      plainRow(...expiringHeading(expiring)),
      ...onPage(expiring.rows, pages.expiring).flatMap((row, place) => [
        ...(place === 0 ? [] : [plainRow(divider)]),
        expiringRow(row, { open, snoozes }),
      ]),
      plainRow(...pager("expiring", expiring.rows.length, pages)),
    ],
    note,
  );
  return {
    type: "home",
    blocks: viewBlocks([
      header("What needs attention"),
      section(summary(seen)),
      over,
      offered(offers),
      ...frozenBanner(expiring.frozen),
      divider,
      ...rows,
      ...besides(expiring),
    ]),
  };
}

function decideHere(pending: OwnAttention["pending"], channel: string): Block {
  return pending.length === 0
    ? section("Nobody waits for a decision.")
    : context(`Each stands in <#${channel}> too: decided in one place, it is decided in both.`);
}

/** Which no note is about. */
const plainRow = (...blocks: Block[]): HomeRow => ({ about: "", blocks });

/** What it comes to, in a line. That all is well is said only of what is known. */
function summary({ pending, running, toReview, expiring }: OwnAttention): string {
  const { rows, unknown, ground, frozen, title } = expiring;
  const mine = pending.filter(({ turn }) => turn === "you").length;
  const others = pending.length - mine;
  const reviews = toReview.filter(({ yours }) => yours).length;
  const told = [
    ...(mine === 0 ? [] : [`👉 *${count(mine, "request")}* ${mine === 1 ? "waits" : "wait"} for you`]),
    ...(others === 0 ? [] : [`${count(others, "request")} ${others === 1 ? "waits" : "wait"} for others`]),
    ...(reviews === 0 ? [] : [`🚨 *${count(reviews, "decision")}* by break-glass for you to review`]),
    ...(running.length === 0 ? [] : [`${running.length} under way`]),
    ...(rows.length === 0 ? [] : [`⏳ *${count(rows.length, "certificate")}* ${plain(title.toLowerCase())}`]),
    ...(unknown.length === 0 ? [] : [`❔ ${count(unknown.length, "endpoint")} unknown`]),
    ...(ground.length === 0 ? [] : ["⚠️ what certops stands on"]),
  ];
  if (told.length > 0) return told.join("  ·  ");
  return frozen.length > 0 ? "Nothing but what is frozen." : "✅ Nothing needs you now.";
}

function offered({ mesh, firewall }: HomeDrawn["offers"]): Block | null {
  const buttons = actions([
    button("Renew a certificate…", renewAction, ""),
    ...(mesh ? [button("Allow or deny a call…", intentionAction, "")] : []),
    ...(firewall ? [button("Open a port…", firewallFormAction, "")] : []),
  ]);
  return buttons && named("offers", buttons);
}
