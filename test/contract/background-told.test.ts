import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";
import { startBackground } from "../../bot/background.ts";
import { loadConfig } from "../../bot/config.ts";
import { createDesk } from "../../bot/desk.ts";
import { createLog } from "../../bot/log.ts";
import { openParts } from "../../bot/parts.ts";
import { slackLink } from "../../bot/slack-link.ts";
import { readManifest } from "../../lab/slack/manifest.ts";
import { writeConfig } from "../support/bot-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";
import { httpsServer } from "../support/tls-server.ts";
import { SECRETS, startWorkspace, until } from "./slack-fixture.ts";

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));
const eachSecond = { cron: "* * * * * *", timezone: "UTC", channel: "C0CERTS" };

test("the channel is told unasked what is due: what ends, the digest, the picture and the audit log's head", async () => {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(temporaryFolder());
  const pki = await TestPki.create();
  const leaf = await pki.leaf("service-a.example.com", { age: 3_000, ttl: 300 });
  const instance = owned.use(await httpsServer({ cert: leaf.chain, key: leaf.key }));
  const workspace = owned.use(await startWorkspace({ manifest, rateLimits: false }));
  const apiUrl = `${workspace.standIn.url}/api/`;
  const file = writeConfig(folder, { httpPort: 3000, apiUrl, port: instance.port, root: pki.root }, (config) => {
    config["expiring"] = { within: "20%", notices: ["20%"] };
    for (const name of ["digest", "picture", "audit"]) config[name] = eachSecond;
  });
  const config = loadConfig({
    CERTOPS_CONFIG: file,
    SLACK_BOT_TOKEN: SECRETS.botToken,
    SLACK_SIGNING_SECRET: SECRETS.signingSecret,
  });
  mkdirSync(config.data);
  const parts = await openParts(config, Date.now);
  owned.use(parts.store);
  const log = createLog({ write() {} });
  const stop = new AbortController();
  const { signal } = stop;
  const background = startBackground(parts, { signal, log });
  const desk = createDesk(parts, { ...background, groupsOf: async () => [] });
  const linked = slackLink(parts, { desk, track: (work) => work, log }).run(signal);
  owned.defer(async () => {
    stop.abort();
    await Promise.all([background.done, linked]);
  });

  // Those of the first second may be of before the first look.
  const told = (what: RegExp, words: RegExp) =>
    until(async () =>
      (await workspace.messages("C0CERTS"))
        .filter((one) => what.test(JSON.stringify(one)))
        .map(({ text }) => text)
        .find((text) => words.test(text)),
    );
  expect(await told(/certops_expiry/, /service-a/)).toBeDefined();
  expect(await told(/"key":"digest:/, /1 expiring/)).toBeDefined();
  expect(await told(/slack_file/, /1 near their end/)).toBeDefined();
  expect(await told(/"key":"audit-head:/, /audit log/i)).toBeDefined();
});
