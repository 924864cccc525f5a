import type { ExpiryNotice } from "../../domain/expiry-notice.ts";
import { expired } from "../../domain/expiry-subject.ts";
import { button, context, header, message, section, sectionBeside } from "./blocks.ts";
import type { Block, Message } from "./blocks.ts";
import { affected, called, renewAction, renewalSaid, snoozeSaid } from "./expiry.ts";
import { sentenceView, withoutMarkup } from "./sentence.ts";
import { code, count, list, plain, time } from "./words.ts";

/** As many as Slack has room for, with a button each. */
const shownAtMost = 30;
const namesAtMost = 20;

/**
 * The one message about many that were due at once: what is left of them, the soonest first, and what became of the others.
 * `mention`: who answers for an owner, as a Slack id; null: nobody is named.
 */
export function togetherView(notices: ExpiryNotice[], mention: (owner: string | null) => string | null): Message {
  const left = notices.filter(({ over }) => over === null).toSorted((a, b) => firstEnd(a) - firstEnd(b));
  const done = doneSaid(notices);
  if (left.length === 0)
    return sentenceView(`Of ${count(notices.length, "notice")} that stood here: ${done.join(" · ")}`);
  const title = titleOf(left, notices);
  const more = left.length - shownAtMost;
  const said = [...callsSaid(left, mention), ...done].join("\n");
  return message(`${title}. ${withoutMarkup(said)}`, [
    header(title),
    ...(said === "" ? [] : [section(said)]),
    ...left.slice(0, shownAtMost).map(leftBlock),
    ...(more > 0 ? [section(`and ${more} more: ${code("/cert expiring")}`)] : []),
    context(
      `due in one look, so they share a message · each leaves it when its cause is gone · ${code("/cert snooze <name> 7d <reason>")} quiets one`,
    ),
  ]);
}

const firstEnd = ({ endings }: ExpiryNotice) => endings[0]?.notAfter ?? Infinity;

function titleOf(left: ExpiryNotice[], notices: ExpiryNotice[]): string {
  const over = left.filter(({ level }) => level === expired).length;
  const all = notices.length;
  const services = notices.every(({ kind }) => kind === "service") ? " services" : "";
  const what =
    left.length === all ? `${all}${services} end soon` : `${left.length} of ${all}${services} left that end soon`;
  return over === 0 ? `⏳ ${what}` : `⛔ ${what}, ${over === left.length ? "all" : over} expired`;
}

/** Whoever answers for some of them, each once. */
function callsSaid(left: ExpiryNotice[], mention: (owner: string | null) => string | null): string[] {
  const owners = [...Map.groupBy(left, ({ owner }) => owner)];
  const told = owners.flatMap(([owner, its]) => {
    if (owner === null) return [];
    const id = mention(owner);
    return [`${id === null ? plain(owner) : called(id)}: ${its.length}`];
  });
  return told.length === 0 ? [] : [told.slice(0, namesAtMost).join(" · ")];
}

function leftBlock(notice: ExpiryNotice): Block {
  const { subject, kind, owner, endings, level, blast, renewal, snooze } = notice;
  const [first] = endings;
  const which = endings.length === 1 ? "at" : "the first at";
  const where = first === undefined ? "" : `, ${which} ${code(first.where)} ${time(first.notAfter)}`;
  const near = level === expired ? "⛔ has expired" : `at most ${level}${level.endsWith("%") ? " of life" : ""} left`;
  const hurt =
    blast === null
      ? []
      : [...blast.callers, ...blast.calls.filter(({ name }) => !blast.callers.some((one) => one.name === name))];
  const words = [
    `*${plain(subject)}*${owner === null ? "" : ` · ${plain(owner)}`} · ${near}${where}`,
    ...(hurt.length === 0 ? [] : [`💥 Hurt: ${affected(hurt)}`]),
    ...(renewal === null ? [] : [renewalSaid(renewal)]),
    ...(snooze === null ? [] : [snoozeSaid(snooze)]),
  ].join("\n");
  if (kind !== "service" || renewal !== null) return section(words);
  return sectionBeside({ ...button("Renew", renewAction, subject), accessibility_label: `Renew ${subject}` }, words);
}

const ends = {
  renewed: "✅ renewed",
  calm: "✅ no longer near their end",
  gone: "🗄️ no longer watched",
  again: "↓ told again below",
};

function doneSaid(notices: ExpiryNotice[]): string[] {
  const over = Map.groupBy(notices, ({ over: how }) => how?.why ?? null);
  return (["renewed", "calm", "gone", "again"] as const).flatMap((why) => {
    const its = over.get(why) ?? [];
    const names = its.map(({ subject }) => subject).toSorted();
    return its.length === 0 ? [] : [`${ends[why]}: ${list(names, namesAtMost)}`];
  });
}
