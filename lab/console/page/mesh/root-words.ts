import type { Root } from "../wire/status-types.ts";
import { shortRoot } from "./identity.ts";

const DAY_MS = 24 * 3_600_000;
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium" });

/** The time of day while that is near, the date otherwise. */
const when = (at: number, now: number): string => (Math.abs(at - now) < DAY_MS ? time : date).format(at);

export const rootState = ({ active, notAfter }: Root, now: number): string =>
  active ? "active: it signs" : `trusted until ${when(notAfter, now)}`;

export function rootWords(root: Root, now: number): string {
  const { active, name, id, notAfter } = root;
  const until = when(notAfter, now);
  return active
    ? `Root ${shortRoot(root)}, ${name}: active, every new leaf leads to it. Valid until ${until}. Id ${id}.`
    : `Root ${shortRoot(root)}, ${name}: replaced, still trusted until ${until}. Id ${id}.`;
}
