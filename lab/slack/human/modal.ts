import { z } from "zod";
import { interactiveElements } from "../blocks/block.ts";
import { type Choice, choose, isEmpty } from "../blocks/element-state.ts";
import { interaction } from "../delivery/payloads.ts";
import type { Person } from "../directory.ts";
import { readView } from "../read-view.ts";
import type { View } from "../views.ts";
import { apiView } from "../web-api/views.ts";
import { menuOf } from "./host.ts";
import { type Done, type Mistake, mistake, type Stage, whoAndWhere } from "./stage.ts";

/** What a person filled in, by block id, then by action id. */
export type Filled = Record<string, Record<string, Choice>>;

const TROUBLE = "We had some trouble connecting. Try again?";

const responseSchema = z.discriminatedUnion("response_action", [
  z.strictObject({ response_action: z.literal("clear") }),
  z.strictObject({ response_action: z.literal("errors"), errors: z.record(z.string(), z.string()) }),
  z.strictObject({ response_action: z.literal("update"), view: z.unknown() }),
  z.strictObject({ response_action: z.literal("push"), view: z.unknown() }),
]);

/** Submits the modal on top. Slack's client first refuses what is left empty, without asking the bot. */
export async function submit(
  { user, view_id, values }: { user: string; view_id: string; values: Filled },
  stage: Stage,
): Promise<Done | Mistake> {
  const open = openView(user, view_id, stage);
  if (!open.ok) return open;
  const { by, view } = open;
  const wrong = fillIn(view, values, stage);
  if (wrong) return wrong;
  const errors = incomplete(view);
  if (Object.keys(errors).length > 0) {
    stage.workspace.views.showErrors(user, view, errors);
    return { ok: false, error: "incomplete", errors };
  }
  const { error, body, tookMs } = await stage.courier.deliver({
    kind: "interactive",
    type: "view_submission",
    payload: {
      ...interaction("view_submission", by),
      trigger_id: stage.workspace.triggers.issue(user),
      view: apiView(view),
      response_urls: [],
    },
  });
  if (error !== null) return { ok: false, error, message: TROUBLE, tookMs };
  return { ...apply(user, view, body, stage), tookMs };
}

/** Closes a modal by its close button, or the whole stack (`all`). */
export async function close(
  { user, view_id, all }: { user: string; view_id: string; all: boolean },
  stage: Stage,
): Promise<Done | Mistake> {
  const open = openView(user, view_id, stage);
  if (!open.ok) return open;
  const { by, view } = open;
  const is_cleared = all || view.clear_on_close === true;
  const { views } = stage.workspace;
  const closed = is_cleared ? views.clear(user) : views.close(user, view.id);
  for (const gone of closed.filter(({ notify_on_close }) => notify_on_close)) {
    await stage.courier.deliver({
      kind: "interactive",
      type: "view_closed",
      payload: { ...interaction("view_closed", by), view: apiView(gone), is_cleared },
    });
  }
  return { ok: true };
}

function openView(user: string, view_id: string, { workspace }: Stage): { ok: true; by: Person; view: View } | Mistake {
  const who = whoAndWhere(user);
  if (!who.ok) return who;
  const view = workspace.views.stack(user).at(-1);
  if (view?.id !== view_id) {
    return mistake("NOT_ON_TOP", `${view_id} is not the modal on top for ${user}.`, "GET /workspace/views lists them.");
  }
  return { ok: true, by: who.by, view };
}

function fillIn(view: View, values: Filled, { workspace }: Stage): Mistake | null {
  for (const [block_id, row] of Object.entries(values)) {
    const block = view.blocks.find((one) => one.block_id === block_id);
    for (const [action_id, choice] of Object.entries(row)) {
      const element = block && interactiveElements(block).find((one) => one.action_id === action_id);
      if (!element) {
        const hint = "The view's blocks name their block and action ids.";
        return mistake("NO_SUCH_ELEMENT", `The modal has no ${block_id}/${action_id}.`, hint);
      }
      const menu = menuOf({ host: { kind: "view", view }, block_id, element });
      const chosen = choose(element, choice, workspace.offered.in(menu));
      if (!chosen.ok) return mistake("NO_SUCH_CHOICE", `${action_id}: ${chosen.problem}.`, "Send a value it offers.");
      (view.state.values[block_id] ??= {})[action_id] = chosen.entry;
    }
  }
  return null;
}

function incomplete(view: View): Record<string, string> {
  const errors: Record<string, string> = {};
  for (const block of view.blocks) {
    if (block.type !== "input") continue;
    const { element, block_id = "", optional = false } = block;
    const entry = view.state.values[block_id]?.[element.action_id ?? ""];
    if (isEmpty(entry)) {
      if (!optional) errors[block_id] = "Please complete this required field.";
      continue;
    }
    if (element.type !== "plain_text_input") continue;
    const typed = entry?.["value"];
    const length = typeof typed === "string" ? typed.length : 0;
    const { min_length = 0, max_length = 3000 } = element;
    if (length < min_length) errors[block_id] = `Please enter at least ${min_length} characters.`;
    if (length > max_length) errors[block_id] = `Please enter at most ${max_length} characters.`;
  }
  return errors;
}

/** Does what the bot answered to a submission. */
function apply(user: string, view: View, body: unknown, { workspace: { views } }: Stage): Done {
  if (body === null || (typeof body === "object" && Object.keys(body).length === 0)) {
    views.close(user, view.id);
    return { ok: true };
  }
  const response = responseSchema.safeParse(body);
  const trouble: Done = { ok: false, error: "invalid_response_action", message: TROUBLE };
  if (!response.success) return trouble;
  const { data } = response;
  if (data.response_action === "clear") {
    views.clear(user);
    return { ok: true };
  }
  if (data.response_action === "errors") {
    const inputs = view.blocks.filter(({ type }) => type === "input").map(({ block_id }) => block_id);
    if (!Object.keys(data.errors).every((block) => inputs.includes(block))) return trouble;
    views.showErrors(user, view, data.errors);
    return { ok: false, error: "refused_by_app", errors: data.errors };
  }
  const read = readView(data.view, "modal");
  if (!read.ok) return { ...trouble, cause: read };
  const shown = data.response_action === "push" ? views.push(user, read.view) : views.update(view.id, read.view);
  return shown.ok ? { ok: true, view: shown.view } : { ...trouble, cause: shown };
}
