import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { startBackground } from "./background.ts";
import { refusedWithoutPage } from "./config-passkeys.ts";
import { loadConfig } from "./config.ts";
import { createDesk } from "./desk.ts";
import { drain } from "./drain.ts";
import { endWith } from "./end-with.ts";
import { healthOf, statusOf } from "./health.ts";
import { openHttp } from "./http.ts";
import { createLog } from "./log.ts";
import { metricsOf } from "./metrics.ts";
import { runCommand } from "./operations/command.ts";
import { holdForCase, releaseHold } from "./operations/freeze.ts";
import { startOperatorSocket } from "./operator-socket.ts";
import { openParts } from "./parts.ts";
import { pagesOf } from "./passkey-parts.ts";
import { slackLink } from "./slack-link.ts";

/** Work that was acknowledged may take so long after a stop was asked for. */
const drainMs = 10_000;
/** After so long something hangs, and the store is what counts: it is safe at any moment. */
const stopMs = 20_000;

/** Runs the bot until it is told to stop, or cannot start. */
async function main(stop: AbortController): Promise<void> {
  const { signal } = stop;
  const config = loadConfig();
  const log = createLog();
  const clock = Date.now;
  mkdirSync(config.data, { recursive: true, mode: 0o700 });

  await using stack = new AsyncDisposableStack();
  const parts = await openParts(config, clock);
  stack.use(parts.store);
  const works = drain();
  stack.defer(async () => {
    const left = await works.settle(drainMs);
    if (left > 0) log.warn({ left }, "stopped with work unfinished; the store has what was acknowledged");
  });

  // Before anything works: a port that is taken is told at once.
  const http = stack.use(await openHttp(config.http));
  const background = startBackground(parts, { signal, log });
  const desk = createDesk(parts, { ...background, groupsOf: (user, among) => slack.groupsOf(user, among) });
  const slack = slackLink(parts, { desk, track: works.track, log });
  const linked = slack.run(signal);
  stack.defer(async () => {
    stop.abort();
    await Promise.all([background.done, linked]);
  });

  const seen = { ...parts, slack: slack.state, vault: background.vault, servers: background.servers };
  http.serve({
    health: () => healthOf(seen),
    metrics: () =>
      metricsOf(parts, { inFlight: works.inFlight, vault: background.vault(), servers: background.servers() }),
    slack: slack.listener,
    passkeys: pagesOf(parts, { ...slack, track: works.track, log }),
  });
  // What was acknowledged is still worked after this; nothing more is taken.
  stack.defer(() => http[Symbol.asyncDispose]());
  stack.use(
    await startOperatorSocket(join(config.data, "bot.sock"), {
      run: (typed) => runCommand(desk, typed),
      hold: (wanted) => holdForCase(parts, wanted),
      release: (wanted) => releaseHold(parts, wanted),
      status: () => statusOf(seen),
      audit: () => parts.audit.log(),
      track: works.track,
      clock,
      log,
    }),
  );
  for (const path of refusedWithoutPage(config)) {
    log.warn({ path }, "takes a passkey, and http.publicUrl is not set: approvals there are refused until it is");
  }
  log.info({ host: config.http.host, port: http.port, services: [...config.services.keys()] }, "certops is up");

  await aborted(signal);
  log.info("stopping: what is under way is finished first");
  setTimeout(() => {
    log.error("something does not stop; leaving it to the store");
    process.exit(1);
  }, stopMs).unref();
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

const stop = new AbortController();
for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => stop.abort());
try {
  await main(stop);
} catch (error) {
  endWith(error);
}
