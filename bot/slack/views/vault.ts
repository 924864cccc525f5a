import { tellDuration } from "../../domain/duration.ts";
import type { FirstToExpire, VaultNotice } from "../../domain/vault-watch.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, plain, relative, time } from "./words.ts";
import { withoutMarkup } from "./sentence.ts";

/**
 * Vault cannot issue, with what that leads to and when; or it is back. `now`: when it is posted. It stands for hours,
 * so next to the time that was left then stands the moment itself.
 */
export function vaultView({ state, since, until, why, first }: VaultNotice, now: number): Message {
  const title = { down: "🚨 Vault is down", sealed: "🔒 Vault is sealed", back: "✅ Vault is back" }[state];
  const said =
    state === "back"
      ? `It issues again${until === null ? "" : `, after ${tellDuration(until - since)}`}.`
      : `Nothing can be issued or renewed until it is ${state === "sealed" ? "unsealed." : `back.${why === null ? "" : ` ${plain(why)}`}`}`;
  const next = state === "back" ? [] : [deadline(first, now)];
  return message([`${title}:`, ...[said, ...next].map(withoutMarkup)].join(" "), [
    header(title),
    section(said),
    ...next.map(section),
    context(`since ${time(since)}`),
  ]);
}

function deadline(first: FirstToExpire | null, now: number): string {
  if (first === null) return "No managed instance is known to serve anything.";
  const where = code(`${first.service}/${first.instance}`);
  const at = `(at ${time(first.notAfter)})`;
  return first.notAfter > now
    ? `⏳ The first to expire is ${where}: *${relative(first.notAfter, now)}* ${at}.`
    : `⛔ The first has expired: ${where}, *${relative(first.notAfter, now)}* ${at}.`;
}
