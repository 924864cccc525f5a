import { type ExpiryNotice, type NoticeStep, replaced, type StandingNotice } from "./expiry-notice.ts";

/** So many that are due in one look and told in one channel have a message each; more of them share one. */
const aloneAtMost = 5;

/** What is written of one notice. `toldIn`: the id of the message it stands in, its own where it stands alone. */
export type NoticeWrite =
  | { write: "tell"; id: string; toldIn: string; notice: ExpiryNotice }
  | { write: "change"; standing: StandingNotice; notice: ExpiryNotice };

/** The steps of one look by what is written together or not at all: all that shares a message. */
export function writesOf(
  steps: NoticeStep[],
  { channelOf, now }: { channelOf: (owner: string | null) => string; now: number },
): NoticeWrite[][] {
  const tells = steps.filter((step) => step.act === "tell");
  const changes = steps.filter((step) => step.act !== "tell");
  const byChannel = Map.groupBy(tells, ({ notice }) => channelOf(notice.owner));
  const told = [...byChannel].flatMap(([channel, its]) => {
    if (its.length <= aloneAtMost) return its.map((step) => tell(step, now));
    return [its.flatMap((step) => tell(step, now, `${channel}@${now}`))];
  });
  const byMessage = Map.groupBy(changes, ({ standing }) => standing.toldIn);
  const changed = [...byMessage.values()].map((its) =>
    its.map(({ standing, notice }): NoticeWrite => ({ write: "change", standing, notice })),
  );
  return [...told, ...changed];
}

function tell(
  { notice, replaces }: Extract<NoticeStep, { act: "tell" }>,
  now: number,
  together: string | null = null,
): NoticeWrite[] {
  const id = `${notice.subject}@${now}`;
  const before: NoticeWrite[] =
    replaces === null ? [] : [{ write: "change", standing: replaces, notice: replaced(replaces.notice, now) }];
  return [...before, { write: "tell", id, toldIn: together ?? id, notice }];
}

/** The messages these writes are seen in, each with the notice and the version by which this drawing is told from others. */
export function messagesOf(writes: NoticeWrite[]): { id: string; drawing: string }[] {
  const drawings = writes.map((one) =>
    one.write === "tell"
      ? { id: one.toldIn, drawing: `${one.id}:1` }
      : { id: one.standing.toldIn, drawing: `${one.standing.id}:${one.standing.version + 1}` },
  );
  return [...Map.groupBy(drawings, ({ id }) => id).values()].flatMap(([first]) => first ?? []);
}
