import fc from "fast-check";
import { expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import type { Verdict } from "../../bot/domain/approval.ts";
import { isRefusal } from "../../bot/domain/refusal.ts";
import { decideRequest } from "../../bot/operations/decide-request.ts";
import { passDeadlines } from "../../bot/operations/pass-deadlines.ts";
import { comment } from "../../bot/operations/remark-on-request.ts";
import { aCommit, aRequest, aService, aStore, t0 } from "../support/renewal-fixtures.ts";

const people = ["U0ANA", "U0BEN", "U0CHEN", "U0DANA", "U0EVE"];

interface Doing {
  user: string;
  verdict: Verdict | "comment" | "time";
}

const doings = fc.array(
  fc.record<Doing>({
    user: fc.constantFrom(...people),
    verdict: fc.constantFrom<Doing["verdict"]>(
      "approve",
      "approve",
      "approve",
      "deny",
      "withdraw",
      "break-glass",
      "comment",
      "time",
    ),
  }),
  { minLength: 2, maxLength: 8, size: "max" },
);

test("whatever clicks, comments and deadlines meet in the real store, one decides, and the log says how", async () => {
  const store = await aStore();
  let round = 0;
  const ends = new Set<string>();
  const property = fc.asyncProperty(
    fc.scheduler(),
    doings,
    fc.integer({ min: 1, max: 3 }),
    fc.boolean(),
    async (scheduler, all, needed, isLate) => {
      round += 1;
      const approval = {
        ...byRole("any", { groups: ["S0PLATFORM"], deadlineMs: 60_000 }),
        needed,
        escalation: [{ users: ["U0EVE"], groups: [], rotas: [], deadlineMs: 60_000 }],
        breakGlass: { users: ["U0EVE"], groups: [], rotas: [] },
      };
      const service = aService({ name: `service-${round}`, approval });
      const id = `r-${String(round).padStart(8, "a")}`;
      await store.requests.open(aRequest({ id }, service), aCommit("request.pending", id));
      const now = isLate ? t0 + 60_000 : t0 + 1_000;
      const needs = {
        ...store,
        services: new Map([[service.name, service]]),
        mesh: null,
        firewall: null,
        clock: () => now,
        // Where each waits for Slack's directory, the others go on: in any order.
        groupsOf: (user: string) => scheduler.schedule(Promise.resolve(user <= "U0DANA" ? ["S0PLATFORM"] : [])),
      };
      const acts = all.map(async ({ user, verdict }) => {
        if (verdict === "time") return passDeadlines(needs);
        if (verdict === "comment") return comment(needs, { id, user, text: "and?" });
        return decideRequest(needs, { id, user, verdict, reason: "because" });
      });
      await scheduler.waitFor(Promise.all(acts));

      const request = await store.requests.find(id);
      if (request === null) throw new Error("it is gone");
      ends.add(request.state);
      const audit = await store.audit.about(id);
      const rows = (...actions: string[]) => audit.filter(({ action }) => actions.includes(`${action}`));
      const approved = rows("request.approved");
      const jobs = await store.db.selectFrom("jobs").select("request").where("request", "=", id).execute();
      expect(jobs).toHaveLength(request.state === "approved" ? 1 : 0);
      expect(approved).toHaveLength(jobs.length);
      expect(rows("request.approved", "request.denied", "request.withdrawn")).toHaveLength(
        request.state === "pending" ? 0 : 1,
      );
      const users = request.approvals.map(({ user }) => user);
      expect(new Set(users).size).toBe(users.length);
      const gave = rows("request.approved", "request.approved-in-part").map(({ actor }) => actor);
      // Who approves and then breaks the glass stands there once, where they did so.
      expect(gave.filter((actor, index) => gave.lastIndexOf(actor) === index)).toEqual(users);
      const alone = request.review !== null;
      expect(alone || jobs.length === 0 || users.length === needed).toBe(true);
      expect(users).not.toContain(alone ? "nobody" : "U0ANA");
      expect(rows("request.escalated")).toHaveLength(request.stage);
      expect(request.remarks).toHaveLength(all.filter(({ verdict }) => verdict === "comment").length);
      expect(audit).toHaveLength(request.version + 1);
      expect((await Promise.all(acts)).some((one) => isRefusal(one) && one.code === "changed-meanwhile")).toBe(false);
    },
  );
  await fc.assert(property, { numRuns: 60 });
  expect([...ends]).toContain("approved");
  expect(await store.audit.verify()).toBeNull();
});
