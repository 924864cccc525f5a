import type { Hidden } from "../../operations/firewall/find-hidden.ts";
import { actions, button, lines, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code } from "./words.ts";

/** One for each button of a message: Slack takes no two that are called the same. */
const requestAccessActions = Array.from({ length: 5 }, (_, index) => `firewall_request_access_${index + 1}`);

export const asksForAccess = (action: string): boolean => requestAccessActions.includes(action);

/** An answer, and beside it what the firewall keeps the bot from looking at, with a button to ask for the way there. */
export function withHidden({ text, blocks }: Message, hidden: Hidden[]): Message {
  const [first] = hidden;
  if (first === undefined) return { text, blocks };
  const told = hidden.map(
    ({ endpoint, host, port }) =>
      `🧱 ${code(endpoint)}${endpoint.startsWith(`${host}:${port}`) ? "" : ` at ${code(`${host}:${port}`)}`}`,
  );
  return message(text, [
    ...blocks,
    section(
      `*The firewall keeps certops from looking there*\n${lines(told, 10)}\nOnce it is approved, just certops may reach just that port, for a week.`,
    ),
    actions(
      requestAccessActions.slice(0, hidden.length).map((action, place) => {
        const { host, port } = hidden[place] ?? first;
        const label = hidden.length === 1 ? "Request access" : `Request access to ${host}:${port}`;
        return button(label, action, `${host}:${port}`);
      }),
    ),
  ]);
}

/** What such a button carries; null when it is not ours. */
export function placeOf(value: string): { host: string; port: number } | null {
  const [, host, port] = /^([A-Za-z0-9._-]{1,253}):(\d{1,5})$/.exec(value) ?? [];
  return host === undefined ? null : { host, port: Number(port) };
}
