import { z } from "zod";
import { duration, listOf, mapOf, matching, name, oneOf, section, text } from "./config-fields.ts";

const person = matching(/^[UW][A-Z0-9]{2,}$/, "a person's id such as U0123456789 (in Slack: profile → Copy member ID)");

/** The section `roles` of certops.yaml. */
export const roles = mapOf(
  section({
    users: listOf(person),
    groups: listOf(matching(/^S[A-Z0-9]{2,}$/, "a user group's id such as S0123456789")),
    rotas: listOf(name).default([]),
  }),
);

const turnExpected = "whole days such as 7d";

/** The section `rotas`. */
export const rotas = mapOf(
  section({
    people: listOf(person).min(1, { error: "at least one person" }),
    start: matching(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d$/,
      "the local time at which the first turn began, such as 2026-11-02T09:00",
    ).refine((local) => !Number.isNaN(Date.parse(`${local}Z`)), { error: "a day that there is" }),
    timezone: text("a time zone").refine(isTimezone, { error: "a time zone such as Europe/Madrid" }),
    turn: matching(/^[1-9]\d{0,2}d$/, turnExpected).transform((days) => Number.parseInt(days, 10)),
  }),
);

const several = z
  .int({ error: "a number of people" })
  .min(1, { error: "at least one person" })
  .max(20, { error: "a number of people" });

/** What approving takes beside the click. */
const stepUp = oneOf(["passkey"]).optional();

/** The section `policies`. */
export const policies = mapOf(
  section({
    ask: name.optional(),
    approve: name,
    approvers: several.default(1),
    requesterCounts: z.boolean({ error: "true or false" }).default(false),
    deadline: duration("1h"),
    remind: duration("15m").optional(),
    escalate: listOf(section({ role: name, deadline: duration("1h") })).default([]),
    valid: duration("24h").default(86_400_000),
    breakGlass: name.optional(),
    standing: section({
      longest: duration("90d"),
      unasked: z.boolean({ error: "true or false" }).default(false),
    }).optional(),
    stepUp,
  }),
);

/** Who decides, wherever certops.yaml has to say it: a policy by its name, or in short one role and a deadline. */
export const approval = section({
  role: name.optional(),
  deadline: duration("1h").optional(),
  policy: name.optional(),
  stepUp,
});

export function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
