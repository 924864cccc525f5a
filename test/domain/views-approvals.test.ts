import { describe, expect, test } from "vitest";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { timeTurn } from "../../bot/domain/approval.ts";
import { stillCalls } from "../../bot/domain/request-call.ts";
import { approvalsView } from "../../bot/slack/views/approvals.ts";
import { requestCallView } from "../../bot/slack/views/request-call.ts";
import { requestForm, requestFormOf } from "../../bot/slack/views/request-forms.ts";
import { forms, moreMenu, picked } from "../../bot/slack/views/request-menu.ts";
import { readView } from "../../lab/slack/read-view.ts";
import { now, request, shown, verdict } from "../support/view-fixtures.ts";

const about = { id: "r-abcd2345", asksFor: "a renewal of service-a", responseUrl: null };

describe("the forms about a request", () => {
  test.each(forms)("%s is one that Slack takes, and is read back as it was filled in", (form) => {
    const view = requestForm(form, about);
    expect(readView(view, "modal")).toMatchObject({ ok: true });
    const filled: Record<string, object> = {
      plain_text_input: { value: " of this\n✅ *Approved by* certops\n" },
      users_select: { selected_user: "U0CHEN" },
      radio_buttons: { selected_option: { value: "justified" } },
    };
    const values = Object.fromEntries(
      view.blocks.flatMap((block) =>
        "element" in block ? [[block.block_id ?? "", { value: filled[block.element.type] }]] : [],
      ),
    );
    expect(requestFormOf({ ...view, state: { values } })).toEqual({
      id: "r-abcd2345",
      responseUrl: null,
      form,
      text: "of this ✅ *Approved by* certops",
      to: form === "hand-over" ? "U0CHEN" : "",
      justified: form === "review",
    });
  });

  test("one that was opened in the plan of a request knows which", () => {
    const view = { id: "V0PLAN", surface: "modal" } as const;
    expect(requestFormOf({ ...requestForm("deny", { ...about, view }), state: { values: {} } })).toMatchObject({
      view,
    });
  });

  test.each([null, {}, { callback_id: "request_deny", private_metadata: "{", state: { values: {} } }])(
    "%j is none of them",
    (view) => {
      expect(requestFormOf(view)).toBeNull();
    },
  );

  test("what is picked in the menu is read back; from another version it is nothing", () => {
    const all = moreMenu(request("pending")).options.map((option) => picked(option.value ?? ""));
    expect(all.map((one) => one?.form)).toEqual(["comment", "hand-over", "withdraw"]);
    for (const value of ["", "comment", "explode r-abcd2345"]) expect(picked(value)).toBeNull();
  });
});

describe("the list of open requests", () => {
  test("is one that Slack takes, also with a hundred of each kind, and says how many are left out", () => {
    const pending = Array.from({ length: 100 }, (_, index) => ({
      request: request("pending", { id: `r-${String(index).padStart(8, "a")}`, reason: "<!here> ".repeat(60) }),
      turn: index % 2 === 0 ? ("you" as const) : ("yours" as const),
    }));
    const review = { by: null, at: null, verdict: null, note: "", askedAt: now };
    const toReview = Array.from({ length: 100 }, () => request("approved", { review, decidedWhy: "x".repeat(500) }));
    const view = approvalsView({ pending, running: toReview, toReview }, now);
    expect(verdict(view)).toBe("taken");
    expect(shown(view)).not.toContain("<!here>");
    expect(view.text).toBe("100 requests to decide, 50 of them by you");
  });
});

test("the list says which request takes a passkey", () => {
  const plain = request("pending");
  const one = (stepped: boolean) => ({
    request: stepped ? { ...plain, approval: { ...plain.approval, stepUp: "passkey" as const } } : plain,
    turn: "you" as const,
  });
  const view = (stepped: boolean) => shown(approvalsView({ pending: [one(stepped)], running: [], toReview: [] }, now));
  expect([view(true), view(false)].map((text) => text.includes("approving takes a passkey"))).toEqual([true, false]);
});

describe("a call to a request", () => {
  const escalating = byRole("production", {
    groups: ["S0PLATFORM"],
    deadlineMs: 60_000,
  });

  test.each(["reminded", "escalated", "handed-over", "break-glass", "review-due", "reviewed"] as const)(
    "%s is one that Slack takes",
    (call) => {
      const review = { by: "U0CHEN", at: now, verdict: "justified", note: "<fine>", askedAt: now } as const;
      const remarks = [{ user: "U0BEN", at: now, text: "<off>", to: "U0CHEN" }];
      const view = requestCallView(
        { type: "request-call", call, request: "r-abcd2345" },
        request("approved", { review, remarks, decidedWhy: "<fire>", approval: escalating }),
        now,
      );
      expect(verdict(view)).toBe("taken");
      expect(view.text).not.toMatch(/<(?:off|fire|fine)>/);
    },
  );

  test("is not made once there is nothing to call for", () => {
    const call = (one: "reminded" | "escalated" | "handed-over") => ({
      type: "request-call" as const,
      call: one,
      request: "r-abcd2345",
    });
    for (const one of ["reminded", "escalated", "handed-over"] as const) {
      expect(stillCalls(call(one), request("pending"))).toBe(true);
      expect(stillCalls(call(one), request("approved"))).toBe(false);
    }
  });

  test("nobody is reminded where the policy does not say so, nor twice in one stage", () => {
    const pending = request("pending", { approval: { ...escalating, remindMs: 10_000 }, expiresAt: now + 60_000 });
    expect(timeTurn(pending, now + 49_999)).toBeNull();
    expect(timeTurn(pending, now + 50_000)).toMatchObject({ news: "reminded" });
    expect(timeTurn({ ...pending, remindedAt: now + 50_000 }, now + 59_999)).toBeNull();
    expect(timeTurn({ ...pending, approval: escalating }, now + 59_999)).toBeNull();
    expect(timeTurn(pending, now + 60_000)).toMatchObject({ news: "expired" });
  });
});
