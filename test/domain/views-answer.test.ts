import { describe, expect, test } from "vitest";
import type { Answer } from "../../bot/domain/answer.ts";
import { answerView } from "../../bot/slack/views/answer.ts";
import { pageOf } from "../../bot/slack/views/paging.ts";
import { aFreeze } from "../support/inventory-fixtures.ts";
import { now, row, answer, verdict, shown } from "../support/view-fixtures.ts";
import { renderText } from "../../bot/terminal.ts";

describe("an answer", () => {
  test("of a thousand certificates is a hundred pages that Slack takes, and turning them shows each once", () => {
    const all = answer({
      rows: Array.from({ length: 1_000 }, (_, index) => row(index)),
      unknown: Array.from({ length: 1_000 }, (_, index) => ({
        endpoint: `host-${index}:443`,
        serverName: `host-${index}`,
        why: "x".repeat(300),
        since: now,
      })),
      frozen: Array.from({ length: 200 }, (_, index) => aFreeze(`service-${index}`)),
    });
    const names = new Set<string>();
    for (let page = 0; page < 100; page += 1) {
      const view = answerView(all, { args: ["expiring", "30d"], page, now });
      expect(verdict(view)).toBe("taken");
      expect(shown(view)).toContain(`page ${page + 1} of 100`);
      for (const [name] of shown(view).matchAll(/service-\d+\.example\.com/g)) names.add(name);
    }
    expect(names.size).toBe(1_000);
  });

  test("carries the question and the page in its buttons, and a page past the end is the last", () => {
    const rows = Array.from({ length: 25 }, (_, index) => row(index));
    const view = answerView(answer({ rows }), { args: ["owner", "payments"], page: 1, now });
    const buttons = view.blocks.flatMap((block) => (block.type === "actions" ? block.elements : []));
    expect(buttons.map((button) => ("value" in button ? pageOf(button.value ?? "") : null))).toEqual([
      { command: "/cert", args: ["owner", "payments"], page: 0 },
      { command: "/cert", args: ["owner", "payments"], page: 2 },
    ]);
    const last = answerView(answer({ rows: rows.slice(0, 12) }), { args: ["expired"], page: 9, now });
    expect(shown(last)).toContain("page 2 of 2");
  });

  test.each(["", "{}", '{"args":"x","page":0}', '{"args":["expired"],"page":-1}', "not json"])(
    "no page is read from %j",
    (value) => {
      expect(pageOf(value)).toBeNull();
    },
  );

  test("with the longest names that certificates have is taken", () => {
    const long = `${"a".repeat(60)}.`.repeat(4);
    const rows = Array.from({ length: 3 }, (_, index) =>
      row(index, { names: Array.from({ length: 200 }, (_n, n) => `${long}${n}.com`) }),
    );
    for (const args of [["show", "x"], ["expiring"]])
      expect(verdict(answerView(answer({ rows }), { args, page: 0, now }))).toBe("taken");
  });

  test("never calls what is unknown healthy", () => {
    const lost = row(0);
    lost.conditions = [
      { type: "Ready", status: "Unknown", reason: "Unreachable", message: "It is out of reach.", lastTransition: now },
    ];
    expect(shown(answerView(answer({ rows: [lost] }), { args: ["expiring"], page: 0, now }))).not.toContain("✅");
    const nothing = answerView(
      answer({ unknown: [{ endpoint: "b-1", serverName: "b.test", why: "It is out of reach.", since: null }] }),
      {
        args: ["expiring"],
        page: 0,
        now,
      },
    );
    expect(shown(nothing)).not.toContain("✅");
    expect(shown(nothing)).toContain("`b-1` as `b.test`");
  });

  test("marks expired, expiring, failing and fresh apart", () => {
    const judged = (type: "Ready" | "Expiring", status: "True" | "False", reason: string) => {
      const one = row(0);
      one.conditions = [
        {
          type: "Ready",
          status: type === "Ready" ? status : "True",
          reason: type === "Ready" ? reason : "Served",
          message: "",
          lastTransition: now,
        },
        { type: "Expiring", status: type === "Expiring" ? status : "False", reason, message: "", lastTransition: now },
      ];
      return shown(answerView(answer({ rows: [one] }), { args: ["expiring"], page: 0, now }));
    };
    expect(judged("Ready", "False", "Expired")).toContain("⛔");
    expect(judged("Ready", "False", "HandshakeFailed")).toContain("❌");
    expect(judged("Expiring", "True", "Expiring")).toContain("⏳");
    expect(judged("Expiring", "False", "Fresh")).toContain("✅");
  });

  test("turning the pages shows every unknown endpoint once, whatever certificates there are", () => {
    const unknown = Array.from({ length: 25 }, (_, index) => ({
      endpoint: `host-${index}:443`,
      serverName: `host-${index}`,
      why: "Out of reach.",
      since: null,
    }));
    const pages = [0, 1, 2].map((page) =>
      shown(answerView(answer({ rows: [row(0)], unknown }), { args: ["expiring"], page, now })),
    );
    const told = pages.flatMap((page) => [...page.matchAll(/host-\d+:443/g)].map(([name]) => name));
    expect(told).toEqual(unknown.map(({ endpoint }) => endpoint));
    expect(pages.map((page) => page.includes("service-0.example.com"))).toEqual([true, false, false]);
    expect(pages.join()).not.toContain("Nothing");
  });

  test("of what certops stands on has serial, fingerprint and place, and no empty list of certificates", () => {
    const root = { ...row(0).certificate, subject: "CN=certops Root" };
    const ground: Answer["ground"] = [
      {
        name: "root",
        where: "pki/root.pem",
        certificate: root,
        notBefore: root.notBefore,
        notAfter: root.notAfter,
        problem: null,
        at: now - 2_000,
        remainingMs: root.notAfter - now,
        remainingShare: 0.5,
      },
    ];
    const view = shown(answerView(answer({ ground, asOf: null }), { args: ["show", "root"], page: 0, now }));
    for (const part of ["pki/root.pem", root.serial, root.fingerprint, "seen 2 s ago"]) expect(view).toContain(part);
    for (const part of ["Nothing", "0 certificates", "nothing was looked at"]) expect(view).not.toContain(part);
  });

  test("just now is said so", () => {
    expect(shown(answerView(answer({ asOf: now - 58 }), { args: ["expired"], page: 0, now }))).toContain(
      "seen just now",
    );
  });

  test("of an instance that should serve another generation warns", () => {
    const behind = row(0);
    behind.conditions.push({
      type: "Deployed",
      status: "False",
      reason: "OldGeneration",
      message: "a-1 still serves g0.",
      lastTransition: now,
    });
    const view = shown(answerView(answer({ rows: [behind] }), { args: ["show", "a-1"], page: 0, now }));
    expect(view).toContain("⚠️");
    expect(view).toContain("a-1 still serves g0.");
    expect(view).not.toContain("✅");
    const inTerminal = renderText({ kind: "answer", answer: answer({ rows: [behind] }), hidden: [] }, now);
    expect(inTerminal).toMatch(/^OldGeneration +service-0\.example\.com/m);
  });

  test("of nothing at all is good news only where nothing expires", () => {
    expect(shown(answerView(answer(), { args: ["owner", "x"], page: 0, now }))).not.toContain("✅");
  });

  test("of nothing at all says so only when everything could be looked at", () => {
    expect(shown(answerView(answer(), { args: ["expired"], page: 0, now }))).toContain("✅ Nothing.");
  });
});
