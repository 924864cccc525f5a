import { webApi } from "@slack/bolt";
import { Failure } from "../errors.ts";
import type { GroupsOf } from "../operations/membership.ts";
import type { Clock } from "../operations/ports.ts";
import { AskedToWait, pace } from "./pace.ts";

/** Who is in which user group, asked of Slack. Both throw `directory-unavailable`: without it nobody may be taken for an approver. */
export interface Directory {
  /** At most five seconds old: to decide by. */
  now: GroupsOf;
  /** At most a minute old: to show by. */
  lately: GroupsOf;
}

const freshMs = { now: 5_000, lately: 60_000 };

/** Slack takes some twenty of these calls a minute: a group is asked for once for all who want to know it, and only where it matters. */
export function directory(client: webApi.WebClient, clock: Clock): Directory {
  const known = new Map<string, { at: number; members: Promise<Set<string>> }>();
  const paced = pace(clock);

  function membersOf(group: string, fresh: number): Promise<Set<string>> {
    const now = clock();
    const cached = known.get(group);
    if (cached && Math.abs(now - cached.at) < fresh) return cached.members;
    const members = paced("reading a user group", async () => new Set(await membersIn(client, group)));
    const asked = { at: now, members };
    known.set(group, asked);
    members.catch(() => known.get(group) === asked && known.delete(group));
    return members;
  }

  const within =
    (fresh: number): GroupsOf =>
    async (user, among) => {
      try {
        const isIn = await Promise.all(among.map(async (group) => (await membersOf(group, fresh)).has(user)));
        return among.filter((_, index) => isIn[index]);
      } catch (cause) {
        throw new Failure(
          "directory-unavailable",
          "Slack did not say who is in the approver groups, so nothing was decided",
          whenAgain(cause, clock()),
          { cause },
        );
      }
    };
  return { now: within(freshMs.now), lately: within(freshMs.lately) };
}

function whenAgain(cause: unknown, now: number): string {
  if (cause instanceof AskedToWait) {
    return `Slack asks to wait before it says who is in a group: try again in ${Math.ceil((cause.untilMs - now) / 1_000)} s.`;
  }
  return "Click again in a moment. If it stays, check the app's scope usergroups:read and Slack's status.";
}

/** Of a group that somebody deleted nobody is a member: the others decide as before. */
async function membersIn(client: webApi.WebClient, usergroup: string): Promise<string[]> {
  try {
    return (await client.usergroups.users.list({ usergroup })).users ?? [];
  } catch (error) {
    if (error instanceof webApi.WebAPIPlatformError && error.data.error === "no_such_subteam") return [];
    throw error;
  }
}
