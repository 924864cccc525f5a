import { catalogNames } from "../../domain/catalog.ts";
import { tellDuration } from "../../domain/duration.ts";
import type { ServerNotice } from "../../domain/server-watch.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { withoutMarkup } from "./sentence.ts";
import { list, plain, time } from "./words.ts";

/** Consul or Nomad cannot be asked, with what stands still by it and what does not; or it is back. */
export function serverView(notice: ServerNotice): Message {
  const { server, state, since, until, why } = notice;
  const name = catalogNames[server];
  const title = {
    down: `🚨 ${name} is out of reach`,
    "no leader": `🚨 ${name} has no leader`,
    denied: `🚨 ${name} refuses the bot's token`,
    back: `✅ ${name} is back`,
  }[state];
  const said =
    state === "back"
      ? [`It answers again${until === null ? "" : `, after ${tellDuration(until - since)}`}.`]
      : [...(why === null ? [] : [plain(why)]), ...consequences(notice)];
  return message([`${title}:`, ...said.map(withoutMarkup)].join(" "), [
    header(title),
    section(said.join("\n")),
    context(`since ${time(since)}`),
  ]);
}

const namedAtMost = 10;

function consequences({ server, listed, deployed }: ServerNotice): string[] {
  const name = catalogNames[server];
  return [
    ...(listed.length === 0
      ? []
      : [
          `The instances of ${list(listed, namedAtMost)} stand as ${name} last listed them, and are looked at as ever.`,
        ]),
    ...(deployed.length === 0
      ? []
      : [`Renewals of ${list(deployed, namedAtMost)} wait for it. What is served goes on being served.`]),
  ];
}
