import { beforeEach, describe, expect, onTestFinished, test } from "vitest";
import type { View } from "../../lab/slack/views.ts";
import { aHomeWorld, type HomeWorld } from "../support/home-world.ts";

let world: HomeWorld;
beforeEach(async () => {
  world = await aHomeWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
});

/** A request waits, and this person has its plan before them. */
async function planBefore(user: string): Promise<{ id: string; modal: View }> {
  const id = await world.asked("service-a");
  await world.open(user, /request_plan/);
  await world.press(user, "request_plan", id);
  return { id, modal: await world.modal(user, /Deployed by/) };
}

/** `value`: what is picked, of a menu. */
const clickIn = ({ id }: View, user: string, action_id: string, value?: string) =>
  world.bot.workspace.act("/click", { user, view_id: id, action_id, ...(value && { value }) });

describe("the plan of a request, in a modal", { timeout: 30_000 }, () => {
  test("shows all of it, and after the click in it what stands now", async () => {
    const { id, modal } = await planBefore("U0BEN");
    expect(modal.title?.text).toBe(`Request ${id}`);
    await clickIn(modal, "U0BEN", "approve_request");
    const now = await world.modal("U0BEN", /Renewing service-a/);
    expect(now.id).toBe(modal.id);
    expect(JSON.stringify(now)).not.toContain("approve_request");
    expect(await world.stateOf(id)).toBe("approved");
  });

  test("denied in it, the reason is asked for over it, and it shows the denial", async () => {
    const { id, modal } = await planBefore("U0BEN");
    await clickIn(modal, "U0BEN", "deny_request");
    await world.modal("U0BEN", /Why not\?/);
    expect((await world.bot.workspace.views("U0BEN"))[0]?.id).toBe(modal.id);
    await world.bot.workspace.fillIn("U0BEN", { text: "not while the audit runs" });
    const now = await world.modal("U0BEN", /You denied.*Renewal of service-a denied/);
    expect(now.id).toBe(modal.id);
    expect(JSON.stringify(now)).not.toContain("approve_request");
    expect(await world.stateOf(id)).toBe("denied");
  });

  test("commented in it, it shows the comment, and still waits", async () => {
    const { id, modal } = await planBefore("U0DANA");
    await clickIn(modal, "U0DANA", "request_more", `comment ${id}`);
    await world.modal("U0DANA", /What is to be said/);
    await world.bot.workspace.fillIn("U0DANA", { text: "the key of March?" });
    const now = await world.modal("U0DANA", /Your comment stands.*the key of March/);
    expect(now.id).toBe(modal.id);
    expect(await world.stateOf(id)).toBe("pending");
  });

  test("left open until somebody else decided it says so, and shows what they decided", async () => {
    const { id, modal } = await planBefore("U0BEN");
    await world.open("U0CHEN", /deny_request/);
    await world.press("U0CHEN", "deny_request", id);
    await world.modal("U0CHEN", /Why not\?/);
    await world.bot.workspace.fillIn("U0CHEN", { text: "not now" });
    await world.home("U0CHEN", /Nobody waits/);
    await clickIn(modal, "U0BEN", "approve_request");
    const now = JSON.stringify(await world.modal("U0BEN", /was already denied by <@U0CHEN>/));
    expect(now).toContain("Renewal of service-a denied");
  });

  test("who may not decide is told so in it; closed meanwhile, in the Home tab", async () => {
    const { id, modal } = await planBefore("U0DANA");
    expect(JSON.stringify(modal)).toContain("approve_request");
    await clickIn(modal, "U0DANA", "approve_request");
    await world.modal("U0DANA", /not-approver/);
    await world.bot.workspace.act("/fault", { kind: "error", method: "views.update", error: "not_found" });
    await clickIn(modal, "U0DANA", "approve_request");
    await world.home("U0DANA", /not-approver/);
    expect(await world.stateOf(id)).toBe("pending");
  });

  test("that Slack opens no more is said under the request", async () => {
    const id = await world.asked("service-a");
    await world.open("U0BEN", /request_plan/);
    await world.bot.workspace.act("/fault", { kind: "error", method: "views.open", error: "expired_trigger_id" });
    await world.press("U0BEN", "request_plan", id);
    await world.home("U0BEN", /could not be opened in time/);
    expect(await world.bot.workspace.views("U0BEN")).toEqual([]);
  });
});
