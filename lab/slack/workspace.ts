import { Faults } from "./faults.ts";
import { Feed } from "./feed.ts";
import { Files } from "./files.ts";
import { type Clock, Ids } from "./ids.ts";
import type { Manifest } from "./manifest.ts";
import { Messages } from "./messages.ts";
import { Offered } from "./offered.ts";
import { RateLimits } from "./rate-limits.ts";
import { ResponseUrls } from "./response-urls.ts";
import { Triggers } from "./triggers.ts";
import { Views } from "./views.ts";

/** Everything the stand-in knows; kept in memory and gone with the process. */
export interface Workspace {
  now: Clock;
  manifest: Manifest;
  ids: Ids;
  feed: Feed;
  messages: Messages;
  files: Files;
  views: Views;
  triggers: Triggers;
  responseUrls: ResponseUrls;
  rates: RateLimits;
  faults: Faults;
  offered: Offered;
}

interface Options {
  manifest: Manifest;
  now: Clock;
  rateLimits: boolean;
}

export function createWorkspace({ manifest, now, rateLimits }: Options): Workspace {
  const ids = new Ids(now);
  const feed = new Feed();
  const messages = new Messages(ids, feed);
  return {
    now,
    manifest,
    ids,
    feed,
    messages,
    files: new Files(ids),
    views: new Views(ids, feed, now),
    triggers: new Triggers(ids, now),
    responseUrls: new ResponseUrls(now),
    rates: new RateLimits(now, rateLimits),
    faults: new Faults(),
    offered: new Offered(),
  };
}
