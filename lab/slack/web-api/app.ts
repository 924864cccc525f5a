import { z } from "zod";
import { APP_ID, BOT, TEAM } from "../directory.ts";
import { TIER } from "../rate-limits.ts";
import { method, type Method } from "./method.ts";

const none = z.strictObject({});

const test = method({
  args: none,
  perMinute: TIER.special,
  handle: () => ({
    ok: true,
    url: `https://${TEAM.domain}.slack.com/`,
    team: TEAM.name,
    team_id: TEAM.id,
    user: BOT.name,
    user_id: BOT.user,
    bot_id: BOT.id,
    app_id: APP_ID,
    is_enterprise_install: false,
  }),
});

/** The methods about the app itself. `socketUrl` gives a WebSocket address good for one connection. */
export function app(socketUrl: () => string): Record<string, Method> {
  return {
    "auth.test": test,
    "apps.connections.open": method({
      args: none,
      token: "app",
      perMinute: TIER.three,
      handle: () => ({ ok: true, url: socketUrl() }),
    }),
  };
}
