import { type Choice, choose, initialState, type StateEntry } from "../blocks/element-state.ts";
import type { InteractiveElement } from "../blocks/elements.ts";
import { interaction } from "../delivery/payloads.ts";
import { findElement, hostFields, menuOf, type Place, type Target } from "./host.ts";
import { type Done, type Mistake, mistake, notice, type Stage, whoAndWhere } from "./stage.ts";

export interface Click {
  user: string;
  place: Place;
  action_id: string;
  block_id?: string | undefined;
  /** What was picked; a button takes none, its value stands in the block. */
  choice: Choice;
}

/** Clicks a button or picks from a menu, in a message or a view. */
export async function click({ user, place, choice, ...names }: Click, stage: Stage): Promise<Done | Mistake> {
  const { workspace, courier } = stage;
  const who = whoAndWhere(user);
  if (!who.ok) return who;
  if (!workspace.manifest.interactive) {
    const hint = "Set settings.interactivity.is_enabled in the app's manifest.";
    return mistake("NOT_INTERACTIVE", "This app is not configured to handle interactive responses.", hint);
  }
  const target = findElement(user, place, names, stage);
  if (!target.ok) return target;
  const chosen = choose(target.element, choice, workspace.offered.in(menuOf(target)));
  if (!chosen.ok) return mistake("NO_SUCH_CHOICE", `${names.action_id}: ${chosen.problem}.`, "Send a value it offers.");
  const values = remember(target, chosen.entry);
  if (target.silent) return { ok: true };
  const { error, tookMs } = await courier.deliver({
    kind: "interactive",
    type: "block_actions",
    payload: {
      ...interaction("block_actions", who.by),
      trigger_id: workspace.triggers.issue(user),
      ...hostFields(user, target.host, stage),
      ...(target.host.kind === "message" ? { state: { values } } : {}),
      actions: [actionFields(target, chosen.entry, workspace.ids.ts())],
    },
  });
  if (error === null) return { ok: true, tookMs };
  if (target.host.kind === "message") {
    notice(stage, { user, channel: target.host.message.channel }, `This action failed with the error "${error}"`);
  }
  return { ok: false, error, tookMs };
}

function remember({ host, block_id, element }: Target, entry: StateEntry): ReturnType<typeof initialState> {
  const values = host.kind === "view" ? host.view.state.values : initialState(host.message.blocks);
  if (element.type === "button" || element.type === "overflow") return values;
  const row = (values[block_id] ??= {});
  row[element.action_id ?? ""] = entry;
  return values;
}

function actionFields({ element, block_id }: Target, entry: StateEntry, action_ts: string): Record<string, unknown> {
  return { ...entry, ...shown(element), action_id: element.action_id, block_id, action_ts };
}

function shown(element: InteractiveElement): Record<string, unknown> {
  if (element.type === "button") {
    const { text, value, style } = element;
    return { text, ...(value === undefined ? {} : { value }), ...(style ? { style } : {}) };
  }
  return "placeholder" in element && element.placeholder ? { placeholder: element.placeholder } : {};
}
