import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Window } from "../../bot/domain/expiry.ts";
import { messagesOf, writesOf } from "../../bot/domain/expiry-message.ts";
import { crossings, type ExpiryNotice, noticeSteps, type StandingNotice } from "../../bot/domain/expiry-notice.ts";
import type { Subject } from "../../bot/domain/expiry-subject.ts";
import { togetherView } from "../../bot/slack/views/expiry-together.ts";
import { t0 } from "../support/renewal-fixtures.ts";

const day = 86_400_000;
const thresholds: Window[] = [
  { kind: "within", ms: 30 * day },
  { kind: "within", ms: 7 * day },
];
const owners = ["payments", "ledger", null];
const channelOf = (owner: string | null) => (owner === "ledger" ? "C0LEDGER" : "C0CERTS");
const names = Array.from({ length: 18 }, (_, index) => `service-${index}`);

const subject = (id: string, index: number, notAfter: number): Subject => {
  const ending = {
    where: `${id}-1`,
    serial: `${notAfter}`,
    notBefore: notAfter - 90 * day,
    notAfter,
    unreachedSince: null,
  };
  return { id, kind: "service", owner: owners[index % 3] ?? null, endings: [ending] };
};

/** What the store would hold, written as it writes. */
function aBook() {
  const rows = new Map<string, StandingNotice>();
  return {
    rows,
    standing: () => [...rows.values()].filter(({ notice }) => notice.over === null),
    write(writes: ReturnType<typeof writesOf>[number]) {
      for (const one of writes) {
        if (one.write === "tell") rows.set(one.id, { id: one.id, toldIn: one.toldIn, version: 1, notice: one.notice });
        else rows.set(one.standing.id, { ...one.standing, version: one.standing.version + 1, notice: one.notice });
      }
    },
  };
}

function look(book: ReturnType<typeof aBook>, subjects: Subject[], now: number) {
  const crossing = crossings(subjects, thresholds, now);
  const around = new Map<string, Pick<ExpiryNotice, "blast" | "renewal">>();
  const at = { subjects, crossing, unsure: () => false, around, snoozes: [], standing: book.standing(), now };
  const batches = writesOf(noticeSteps(at), { channelOf, now });
  for (const writes of batches) book.write(writes);
  return batches;
}

test("whatever is due whenever one looks: a handful of messages, each notice in one, and nothing twice", () => {
  const step = fc.record({ hours: fc.integer({ min: 1, max: 24 * 30 }), renewed: fc.subarray(names) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const book = aBook();
      const drawn = new Set<string>();
      let now = t0;
      const ends = new Map(names.map((name, index) => [name, t0 + (20 + index) * day]));
      for (const { hours, renewed } of steps) {
        now += hours * 3_600_000;
        for (const name of renewed) ends.set(name, now + 90 * day);
        const subjects = names.map((name, index) => subject(name, index, ends.get(name) ?? 0));
        const batches = look(book, subjects, now);
        const tells = batches.flat().filter((one) => one.write === "tell");
        for (const channel of ["C0LEDGER", "C0CERTS"]) {
          const here = tells.filter(({ notice }) => channelOf(notice.owner) === channel);
          const messages = new Set(here.map(({ toldIn }) => toldIn));
          expect(messages.size).toBe(here.length > 5 ? 1 : here.length);
        }
        // Of each message, one drawing for all that is written together, and none that was asked for before.
        for (const writes of batches) {
          for (const { drawing } of messagesOf(writes)) {
            expect(drawn.has(drawing)).toBe(false);
            drawn.add(drawing);
          }
        }
        const crossed = crossings(subjects, thresholds, now).map(({ id }) => id);
        expect(
          book
            .standing()
            .map(({ notice }) => notice.subject)
            .toSorted(),
        ).toEqual(crossed.toSorted());
        expect(look(book, subjects, now)).toEqual([]);
      }
    }),
  );
});

describe("one message about many", () => {
  const notices = (changes: Partial<ExpiryNotice>[] = []): ExpiryNotice[] =>
    names.slice(0, 7).map((name, index) => ({
      subject: name,
      kind: "service",
      owner: index === 6 ? null : "payments",
      level: "7 d",
      told: ["7 d"],
      endings: [{ where: `${name}-1`, serial: "aa", notBefore: t0, notAfter: t0 + index * day, unreachedSince: null }],
      blast: null,
      renewal: null,
      snooze: null,
      over: null,
      ...changes[index],
    }));
  const renewed = { over: { why: "renewed", at: t0, until: t0 + 90 * day } } as const;
  const shown = (all: ExpiryNotice[]) => togetherView(all, (owner) => (owner === null ? null : "S0PAY1"));

  test("has a button for each, its owner once, and what can be renewed alone", () => {
    const view = shown(notices([{}, { renewal: { id: "r-abcd2345", state: "pending" } }, { kind: "endpoint" }]));
    const said = JSON.stringify(view);
    expect(view.text).toContain("⏳ 7 end soon");
    expect(said.match(/"action_id":"expiry_renew"/g)).toHaveLength(5);
    expect(said.match(/<!subteam\^S0PAY1>: 6/g)).toHaveLength(1);
    expect(said).toContain("Its renewal `r-abcd2345` waits for a decision.");
  });

  test("says how many are left, and what became of the others", () => {
    const said = JSON.stringify(
      shown(notices([renewed, renewed, renewed, { over: { ...renewed.over, why: "gone" } }])),
    );
    expect(said).toContain("3 of 7 services left that end soon");
    expect(said).toContain("✅ renewed: `service-0`, `service-1`, `service-2`");
    expect(said).toContain("no longer watched: `service-3`");
  });

  test("is one sentence when nothing is left", () => {
    const view = shown(notices(names.map(() => renewed)));
    expect(view.blocks).toHaveLength(1);
    expect(view.text).toContain("Of 7 notices that stood here: ✅ renewed: service-0");
  });

  test("of more than Slack has room for lists the soonest, and says how to see the rest", () => {
    const [one] = notices();
    const many = Array.from({ length: 400 }, (_, index) => ({
      ...(one as ExpiryNotice),
      subject: `service-with-a-rather-long-name-${index}.internal.example.com`,
      endings: [{ where: "x", serial: null, notBefore: t0, notAfter: t0 + (400 - index) * day, unreachedSince: null }],
      blast: { callers: [{ name: "storefront", how: "seen" as const }], calls: [] },
    }));
    const view = shown(many);
    expect(view.blocks.length).toBeLessThanOrEqual(50);
    expect(JSON.stringify(view)).toContain("and 370 more: `/cert expiring`");
    expect(JSON.stringify(view.blocks[2])).toContain("name-399");
    expect(JSON.stringify(view)).not.toContain("no room for");
  });
});
