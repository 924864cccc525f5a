import { z } from "zod";
import { option, plainText } from "../blocks/composition.ts";
import { complaints } from "../complaints.ts";
import { interaction } from "../delivery/payloads.ts";
import { findElement, hostFields, menuOf, type Place } from "./host.ts";
import { type Done, type Mistake, mistake, type Stage, whoAndWhere } from "./stage.ts";

export interface Typing {
  user: string;
  place: Place;
  action_id: string;
  block_id?: string | undefined;
  /** What stands in the menu so far. */
  typed: string;
}

/** Where the element does not say. */
const LEAST_TYPED = 3;
const MOST = 100;

const list = z.array(option).max(MOST);
const answer = z.union([
  z.strictObject({ options: list }),
  z.strictObject({ option_groups: z.array(z.strictObject({ label: plainText(75), options: list })).max(MOST) }),
]);

/** Types into an external menu, and gives what the bot offers there. Before enough is typed Slack asks nobody. */
export async function suggest({ user, place, typed, ...names }: Typing, stage: Stage): Promise<Done | Mistake> {
  const { workspace, courier } = stage;
  const who = whoAndWhere(user);
  if (!who.ok) return who;
  const target = findElement(user, place, names, stage);
  if (!target.ok) return target;
  const { element } = target;
  if (element.type !== "external_select") {
    const hint = "Only an external_select does.";
    return mistake("NO_SUGGESTIONS", `${names.action_id} asks nobody for its options.`, hint);
  }
  if (typed.length < (element.min_query_length ?? LEAST_TYPED)) return { ok: true, offered: { options: [] } };
  if (courier.via === "http" && !workspace.manifest.optionsUrl) {
    const hint = "Set settings.interactivity.message_menu_options_url in the app's manifest.";
    return mistake("NO_OPTIONS_URL", "This app has no URL to ask for a menu's options.", hint);
  }
  const { error, body, tookMs } = await courier.deliver({
    kind: "options",
    type: "block_suggestion",
    payload: {
      ...interaction("block_suggestion", who.by),
      ...hostFields(user, target.host, stage),
      action_id: names.action_id,
      block_id: target.block_id,
      value: typed,
    },
  });
  if (error !== null) return { ok: false, error, tookMs };
  const read = answer.safeParse(body);
  if (!read.success)
    return { ok: false, error: "invalid_options", complaints: complaints(read.error, body, ""), tookMs };
  const { data } = read;
  const options = "options" in data ? data.options : data.option_groups.flatMap((group) => group.options);
  workspace.offered.add(menuOf(target), options);
  return { ok: true, tookMs, offered: data };
}
