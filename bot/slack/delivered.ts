import { z } from "zod";
import type { Delivered } from "../operations/delivered.ts";
import { formOf } from "./views/firewall-modal.ts";
import { intentionFieldsOf } from "./views/intention-modal.ts";
import { renewalFieldsOf } from "./views/renewal-modal.ts";
import { requestFormOf } from "./views/request-forms.ts";
import { snoozeOfForm } from "./views/snooze-modal.ts";

const responseUrl = z.string().nullable().default(null);

const command = z
  .object({
    command: z.string(),
    text: z.string().default(""),
    user_id: z.string(),
    response_url: responseUrl,
    trigger_id: z.string().optional(),
  })
  .transform(({ command: name, text, user_id, response_url, trigger_id }): Delivered => {
    const asked = { kind: "command", command: name, user: user_id, responseUrl: response_url, text } as const;
    return trigger_id === undefined ? asked : { ...asked, triggerId: trigger_id };
  });

const click = z
  .object({
    type: z.literal("block_actions"),
    user: z.object({ id: z.string() }),
    response_url: responseUrl,
    trigger_id: z.string().optional(),
    view: z.object({ id: z.string(), type: z.enum(["home", "modal"]) }).optional(),
    container: z.object({ is_ephemeral: z.boolean().default(false) }).optional(),
    actions: z
      .array(
        z.object({
          action_id: z.string(),
          value: z.string().default(""),
          selected_option: z.object({ value: z.string() }).nullish(),
        }),
      )
      .min(1),
  })
  .transform(({ user, response_url, trigger_id, view, container, actions: [action] }): Delivered => {
    const { action_id = "", value = "", selected_option } = action ?? {};
    return {
      kind: "click",
      user: user.id,
      responseUrl: response_url,
      action: action_id,
      value: selected_option?.value ?? value,
      ...(trigger_id !== undefined && { triggerId: trigger_id }),
      ...(container?.is_ephemeral && { alone: true }),
      ...(view && { view: { id: view.id, surface: view.type } }),
    };
  });

const home = z
  .object({ event: z.object({ type: z.literal("app_home_opened"), tab: z.literal("home"), user: z.string() }) })
  .transform(({ event }): Delivered => ({ kind: "home", user: event.user }));

const submission = z
  .object({ type: z.literal("view_submission"), user: z.object({ id: z.string() }), view: z.unknown() })
  .transform(({ user, view }): Delivered | null => {
    const form = formOf(view);
    if (form) return { kind: "submission", user: user.id, ...form };
    const snooze = snoozeOfForm(view);
    if (snooze) return { kind: "snooze", user: user.id, ...snooze };
    const about = requestFormOf(view);
    if (about) return { kind: "request-form", user: user.id, ...about };
    const renewal = renewalFieldsOf(view);
    if (renewal) return { kind: "renewal-form", user: user.id, fields: renewal };
    const intention = intentionFieldsOf(view);
    return intention && { kind: "intention-form", user: user.id, fields: intention };
  });

const delivered = z.union([command, click, submission, home]);

/** What the body of a delivery asks for; null when the bot has nothing to do for it. */
export function deliveredOf(body: unknown): Delivered | null {
  return delivered.safeParse(body).data ?? null;
}
