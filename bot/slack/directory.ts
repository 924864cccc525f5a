import { webApi } from "@slack/bolt";
import { Failure } from "../errors.ts";
import type { Clock } from "../operations/ports.ts";

/**
 * Which of the given user groups a person is in, asked of Slack and remembered for so long, in milliseconds.
 * Throws `directory-unavailable`: without the directory nobody may be taken for an approver.
 */
export function directory(
  client: webApi.WebClient,
  groups: string[],
  clock: Clock,
  freshMs = 5_000,
): (userId: string) => Promise<string[]> {
  const known = new Map<string, { at: number; members: Set<string> }>();

  async function membersOf(group: string): Promise<Set<string>> {
    const cached = known.get(group);
    if (cached && Math.abs(clock() - cached.at) < freshMs) return cached.members;
    const members = new Set(await membersIn(client, group));
    known.set(group, { at: clock(), members });
    return members;
  }

  return async (userId) => {
    try {
      const memberships = await Promise.all(
        groups.map(async (group) => ((await membersOf(group)).has(userId) ? [group] : [])),
      );
      return memberships.flat();
    } catch (cause) {
      throw new Failure(
        "directory-unavailable",
        "Slack did not say who is in the approver groups, so nothing was decided",
        "Click again in a moment. If it stays, check the app's scope usergroups:read and Slack's status.",
        { cause },
      );
    }
  };
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
