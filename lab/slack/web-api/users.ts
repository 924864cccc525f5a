import { z } from "zod";
import { APP_ID, BOT, GROUPS, membersOf, PEOPLE, type Person, TEAM, zoneOffset } from "../directory.ts";
import { TIER } from "../rate-limits.ts";
import { refuse } from "../refusal.ts";
import { flag, limit, method, type Method, page } from "./method.ts";

const info = method({
  args: z.strictObject({ user: z.string(), include_locale: flag }),
  perMinute: TIER.four,
  scope: "users:read",
  handle({ user }, { now }) {
    const found = apiUsers(now()).find(({ id }) => id === user);
    return found ? { ok: true, user: found } : refuse("user_not_found");
  },
});

const list = method({
  args: z.strictObject({
    cursor: z.string().optional(),
    include_locale: flag,
    limit: limit(1000),
  }),
  perMinute: TIER.two,
  scope: "users:read",
  handle({ cursor, limit: size = 100 }, { now }) {
    const part = page(apiUsers(now()), size, cursor);
    if (!part) return refuse("invalid_cursor");
    return { ok: true, members: part.items, response_metadata: { next_cursor: part.next } };
  },
});

const groups = method({
  args: z.strictObject({
    include_count: flag,
    include_disabled: flag,
    include_users: flag,
  }),
  perMinute: TIER.two,
  scope: "usergroups:read",
  handle({ include_count, include_users }) {
    const usergroups = GROUPS.map((group) => ({
      ...group,
      team_id: TEAM.id,
      is_usergroup: true,
      is_external: false,
      date_delete: 0,
      ...(include_count ? { user_count: membersOf(group.id).length } : {}),
      ...(include_users ? { users: membersOf(group.id) } : {}),
    }));
    return { ok: true, usergroups };
  },
});

const groupMembers = method({
  args: z.strictObject({ usergroup: z.string(), include_disabled: flag }),
  perMinute: TIER.two,
  scope: "usergroups:read",
  handle({ usergroup }) {
    const found = GROUPS.some(({ id }) => id === usergroup);
    return found ? { ok: true, users: membersOf(usergroup) } : refuse("no_such_subteam");
  },
});

function apiUsers(at: number): Record<string, unknown>[] {
  const bot: Person = {
    id: BOT.user,
    name: BOT.name,
    real_name: BOT.name,
    tz: "UTC",
    groups: [],
    color: "1f3a5f",
    guest: false,
  };
  return [...PEOPLE.map((one) => apiUser(one, at)), { ...apiUser(bot, at), is_bot: true }];
}

function apiUser({ id, name, real_name, tz, color, guest }: Person, at: number): Record<string, unknown> {
  const isBot = id === BOT.user;
  return {
    id,
    team_id: TEAM.id,
    name,
    real_name,
    deleted: false,
    color,
    tz,
    tz_label: tz,
    tz_offset: zoneOffset(tz, at),
    profile: {
      real_name,
      real_name_normalized: real_name,
      display_name: name,
      display_name_normalized: name,
      team: TEAM.id,
      ...(isBot ? { bot_id: BOT.id, api_app_id: APP_ID } : {}),
    },
    is_admin: false,
    is_owner: false,
    is_bot: false,
    is_app_user: false,
    is_restricted: guest,
    is_ultra_restricted: false,
  };
}

export const users: Record<string, Method> = {
  "users.info": info,
  "users.list": list,
  "usergroups.list": groups,
  "usergroups.users.list": groupMembers,
};
