import { z } from "zod";
import { person } from "../directory.ts";
import { TIER } from "../rate-limits.ts";
import { readView } from "../read-view.ts";
import { refuse } from "../refusal.ts";
import type { Shown, View } from "../views.ts";
import { method, type Method } from "./method.ts";

const byTrigger = z.strictObject({ trigger_id: z.string(), view: z.unknown() });

/** A modal that a person's trigger lets the bot show, alone or on top of what is open. */
const shownByTrigger = (how: "open" | "push") =>
  method({
    args: byTrigger,
    perMinute: TIER.four,
    handle({ trigger_id, view }, { triggers, views }) {
      const read = readView(view, "modal");
      if (!read.ok) return read;
      const exchanged = triggers.exchange(trigger_id);
      return exchanged.ok ? shown(views[how](exchanged.user, read.view)) : exchanged;
    },
  });

const update = method({
  args: z
    .strictObject({
      view_id: z.string().optional(),
      external_id: z.string().optional(),
      view: z.unknown(),
      hash: z.string().optional(),
    })
    .refine(
      ({ view_id, external_id }) => (view_id ?? external_id) !== undefined,
      "must define `view_id` or `external_id`",
    ),
  perMinute: TIER.four,
  handle({ view_id, external_id, view, hash }, { views }) {
    const found = views.find(view_id ?? external_id ?? "");
    if (!found) return refuse("not_found");
    const read = readView(view, found.view.type);
    return read.ok ? shown(views.update(found.view.id, read.view, hash)) : read;
  },
});

const publish = method({
  args: z.strictObject({ user_id: z.string(), view: z.unknown(), hash: z.string().optional() }),
  perMinute: TIER.four,
  handle({ user_id, view, hash }, { views, manifest }) {
    if (!manifest.homeTab) return refuse("not_enabled");
    if (!person(user_id)) return refuse("user_not_found");
    const read = readView(view, "home");
    return read.ok ? shown(views.publish(user_id, read.view, hash)) : read;
  },
});

function shown(result: Shown): ReturnType<Method["answer"]> {
  return result.ok ? { ok: true, view: apiView(result.view) } : result;
}

/** A view as Slack shows it to the app. */
export function apiView({ errors: _errors, ...view }: View): Record<string, unknown> {
  return {
    ...view,
    private_metadata: view.private_metadata ?? "",
    callback_id: view.callback_id ?? "",
    external_id: view.external_id ?? "",
    clear_on_close: view.clear_on_close ?? false,
    notify_on_close: view.notify_on_close ?? false,
    title: view.title ?? { type: "plain_text", text: "View Title", emoji: true },
    submit: view.submit ?? null,
    close: view.close ?? null,
  };
}

export const views: Record<string, Method> = {
  "views.open": shownByTrigger("open"),
  "views.push": shownByTrigger("push"),
  "views.update": update,
  "views.publish": publish,
};
