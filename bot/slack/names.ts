import type { webApi } from "@slack/bolt";
import type { Clock, NamesOf } from "../operations/ports.ts";
import { within } from "../operations/waiting.ts";

const askMs = 2_000;
const freshMs = 600_000;
const missingFreshMs = 30_000;

/** Asked of Slack and remembered for a while. Throws nothing: where there is no name, the id has to do. */
export function names(client: Pick<webApi.WebClient, "users" | "usergroups">, clock: Clock): NamesOf {
  const known = new Map<string, { at: number; name: string | null }>();

  async function nameOf(id: string): Promise<string | null> {
    const cached = known.get(id);
    const kept = cached?.name === null ? missingFreshMs : freshMs;
    if (cached && Math.abs(clock() - cached.at) < kept) return cached.name;
    const asked = id.startsWith("S") ? groupName(id) : userName(id);
    const name = await within(askMs, "Slack", asked).catch(() => null);
    known.set(id, { at: clock(), name });
    return name;
  }

  async function userName(user: string): Promise<string | null> {
    const { user: found } = await client.users.info({ user });
    return found?.profile?.display_name || found?.profile?.real_name || found?.name || null;
  }

  async function groupName(group: string): Promise<string | null> {
    const { usergroups } = await client.usergroups.list();
    return usergroups?.find(({ id }) => id === group)?.handle ?? null;
  }

  return async (ids) => {
    const all = await Promise.all([...new Set(ids)].map(async (id) => [id, await nameOf(id)] as const));
    return new Map(all.flatMap(([id, name]) => (name === null ? [] : [[id, name]])));
  };
}
