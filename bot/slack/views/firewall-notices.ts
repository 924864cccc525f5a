import type {
  FirewallDrift,
  FirewallEnding,
  FirewallMoved,
  FirewallNotice,
  FirewallSmuggled,
} from "../../domain/firewall/notices.ts";
import type { Gap } from "../../domain/firewall/router-state.ts";
import { actions, button, context, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { tellFlow } from "./firewall-words.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { code, list, person, plain, relative, time } from "./words.ts";

export const extendAction = "firewall_extend";
export const letGoAction = "firewall_let_go";
export const reapplyAction = "firewall_reapply";

/** What the firewall tells the channel besides its requests. `now`: when it is posted. */
export function firewallNoticeView(notice: FirewallNotice, now: number): Message {
  switch (notice.type) {
    case "firewall-ending":
      return endingView(notice, now);
    case "firewall-drift":
      return driftView(notice);
    case "firewall-moved":
      return movedView(notice);
    case "firewall-smuggled":
      return smuggledView(notice);
  }
}

/** The owner is asked to extend it or to let it go. */
function endingView({ id, rule, owner, until }: FirewallEnding, now: number): Message {
  const said = `⏳ ${person(owner)}, the firewall rule ${code(id)} ends ${relative(until, now)}: *${plain(tellFlow(rule))}*\nIt closes by itself ${time(until)}, also connections that use it then. Is it still needed?`;
  return message(withoutMarkup(said), [
    section(said),
    actions([button("Extend", extendAction, id, "primary"), button("Let go", letGoAction, id)]),
    context(
      `Extend asks for it once more, and somebody has to approve. For another time: ${code(`/firewall extend ${id} 30d`)}`,
    ),
  ]);
}

/** In place of the question, once somebody let it go. */
export function letGoView({
  id,
  flow,
  user,
  until,
}: {
  id: string;
  flow: string;
  user: string;
  until: number | null;
}): Message {
  const ends = until === null ? "" : ` It closes ${time(until)}.`;
  return sentenceView(
    `🍂 ${person(user)} lets ${code(id)} go: *${plain(flow)}*.${ends} Changed your mind? ${code(`/firewall extend ${id} 30d`)}`,
  );
}

const gapsTold: Record<Gap, string> = {
  "no-table": "Its table is gone, so it drops nothing: *everything passes*.",
  "no-drop": "It no longer drops what no rule lets through: *everything passes*.",
  accepts: "Something in its table lets packets through that is no rule of certops'.",
};

/** How the router is not as it was approved. */
export function tellDrift({ missing, besides, gaps = [], aside = [] }: Omit<FirewallDrift, "type" | "over">): string {
  const changed = [
    ...gaps.map((gap) => gapsTold[gap]),
    ...(missing.length === 0 ? [] : [`It no longer holds ${list(missing, 10)}.`]),
    ...(besides.length === 0 ? [] : [`It lets through what is not approved, or no longer: ${list(besides, 10)}.`]),
    ...(aside.length === 0 ? [] : [`Another table of it lets through or redirects: ${list(aside, 10)}.`]),
  ];
  return changed.join(" ") || "Every approved rule is there, and something else was changed.";
}

function driftView({ over, ...drifted }: FirewallDrift): Message {
  if (over !== null) return sentenceView(`🧱 The router enforces the approved rules again, since ${time(over)}.`);
  const said = `🚨 *The router's rules were changed behind certops' back.*\n${tellDrift(drifted)} Nobody was asked for that.`;
  const left = drifted.aside === undefined || drifted.aside.length === 0 ? "" : leftAside;
  return message(withoutMarkup(said), [
    section(said),
    actions([reapplyButton]),
    context(
      `Re-apply puts the approved rules back, and only those: whoever may approve may click.${left} What is approved: \`/firewall list\``,
    ),
  ]);
}

const reapplyButton = button("Re-apply", reapplyAction, "drift", "primary");
const leftAside =
  " Other tables it leaves as they are, and takes for known: see them by `nft list ruleset` on the router first.";

function movedView({ service, before, after, why, rules }: FirewallMoved): Message {
  const to = after.length === 0 ? "and is nowhere now" : `to ${list(after, 8)}`;
  return sentenceView(
    `🚨 *${plain(service)}* moved from ${list(before, 8) || "nowhere"} ${to}, and the firewall did not follow: ${plain(why)}\nThe rules ${list(rules, 8)} still hold the old addresses. Ask for new ones: ${code("/firewall request")}`,
  );
}

function smuggledView({ keys, changed = [], missing = [], over }: FirewallSmuggled): Message {
  if (over !== null) return sentenceView(`🧱 Consul holds only approved firewall rules again, since ${time(over)}.`);
  const told = [
    ...(keys.length === 0 ? [] : [`*Consul holds firewall keys that nobody approved:* ${list(keys, 10)}`]),
    ...(changed.length === 0 ? [] : [`*Approved firewall keys were changed in Consul:* ${list(changed, 10)}`]),
    ...(missing.length === 0 ? [] : [`*Approved firewall keys are missing from Consul:* ${list(missing, 10)}`]),
  ];
  const said = `🚨 ${told.join("\n")}\nNo change is applied while it is so; only ends that were agreed on are. See who wrote there: ${code("consul kv get -detailed <key>")}`;
  return message(withoutMarkup(said), [
    section(said),
    actions([reapplyButton]),
    context("Re-apply puts the approved rules back into Consul and the router: whoever may approve may click."),
  ]);
}
