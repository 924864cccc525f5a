import { isNamed, notAmong, type People } from "../domain/approval-policy.ts";
import { isRefusal, type Refusal } from "../domain/refusal.ts";
import { Failure } from "../errors.ts";

/** Which of these Slack user groups somebody is a member of, now. Throws `directory-unavailable`: its hint says when to ask again. */
export type GroupsOf = (user: string, among: string[]) => Promise<string[]>;

/** `groups`: null when the directory could not be read; `again`: then, when to ask it again, where it says so. */
export interface Membership {
  groups: string[] | null;
  again: string | null;
}

/** In which groups somebody is by which they may be one of these. Who is one of them by name needs no directory for that. */
export async function membership(
  groupsOf: GroupsOf,
  people: People[],
  { user, now }: { user: string; now: number },
): Promise<Membership> {
  const among = new Set(people.flatMap((these) => (isNamed(these, { user, now }) ? [] : these.groups)));
  if (among.size === 0) return { groups: [], again: null };
  try {
    return { groups: await groupsOf(user, [...among]), again: null };
  } catch (error) {
    return { groups: null, again: error instanceof Failure ? error.hint : null };
  }
}

/** A refusal for want of the directory says when to try again. */
export function sayingWhen<Said>(said: Said, { again }: Pick<Membership, "again">): Said {
  return isRefusal(said) && said.code === "directory-unavailable" && again !== null ? { ...said, hint: again } : said;
}

/** Why somebody is none of these people; null: they are one. */
export async function notOneOf(
  groupsOf: GroupsOf,
  people: People,
  { user, now, words }: Omit<Parameters<typeof notAmong>[1], "groups">,
): Promise<Refusal | null> {
  const member = await membership(groupsOf, [people], { user, now });
  return sayingWhen(notAmong(people, { user, groups: member.groups, now, words }), member);
}
