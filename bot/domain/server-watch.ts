/** A server whose word certops goes by, besides Vault. */
export type Server = "consul" | "nomad";

/** `denied`: it answers, and refuses the bot's token. */
export interface ServerHealth {
  state: "ok" | "no leader" | "denied" | "down";
  /** One sentence when it is not well. */
  why: string | null;
}

/** Told when a server stops answering, and once more when it is back. Times are epoch milliseconds. */
export interface ServerNotice {
  type: "server";
  server: Server;
  state: Exclude<ServerHealth["state"], "ok"> | "back";
  since: number;
  /** When it was seen back; null while it is not. */
  until: number | null;
  why: string | null;
  /** Services whose instances stand as it last listed them. */
  listed: string[];
  /** Services whose generations it keeps. */
  deployed: string[];
}

/** By the code of what failed: `consul-no-leader`, `nomad-token-missing`, … */
export function healthAfter(failure: { code: string; message: string } | null): ServerHealth {
  if (failure === null) return { state: "ok", why: null };
  const { code, message: why } = failure;
  if (code.endsWith("-no-leader")) return { state: "no leader", why };
  return { state: /-(denied|token-missing)$/.test(code) ? "denied" : "down", why };
}
