import { tellDuration } from "../../domain/duration.ts";
import type { FirstToExpire, VaultNotice } from "../../domain/vault-watch.ts";
import { context, header, message, section } from "./blocks.ts";
import type { Message } from "./blocks.ts";
import { code, plain, time } from "./words.ts";
import { withoutMarkup } from "./sentence.ts";

/** Vault cannot issue, with what that leads to and when; or it is back. It stands for hours: its times are absolute. */
export function vaultView({ state, since, until, why, first }: VaultNotice): Message {
  const title = { down: "🚨 Vault is down", sealed: "🔒 Vault is sealed", back: "✅ Vault is back" }[state];
  const said =
    state === "back"
      ? `It issues again${until === null ? "" : `, after ${tellDuration(until - since)}`}.`
      : `Nothing can be issued or renewed until it is ${state === "sealed" ? "unsealed" : "back"}. ${why === null ? "" : plain(why)}`;
  const next = state === "back" ? [] : [section(deadline(first))];
  return message(`${title}: ${withoutMarkup(said)} ${next.length === 0 ? "" : withoutMarkup(deadline(first))}`, [
    header(title),
    section(said),
    ...next,
    context(`since ${time(since)}`),
  ]);
}

function deadline(first: FirstToExpire | null): string {
  if (first === null) return "No managed instance is known to serve anything.";
  return `⏳ The first to expire is ${code(`${first.service}/${first.instance}`)}: *${time(first.notAfter)}*.`;
}
