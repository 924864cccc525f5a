import { resolve } from "node:path";
import { expect, test } from "vitest";
import { readManifest } from "../../lab/slack/manifest.ts";
import { SECRETS, startWorkspace } from "../contract/slack-fixture.ts";
import { BotProcess, writeConfig } from "../support/bot-process.ts";
import { freePort, until } from "../support/service-process.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { TestPki } from "../support/test-pki.ts";

const manifest = readManifest(resolve(import.meta.dirname, "../../bot/slack-manifest.yaml"));

test(
  "over Socket Mode a command is answered and a click decides, and a stop closes the connections",
  { timeout: 60_000 },
  async () => {
    using folder = temporaryFolder();
    const pki = await TestPki.create();
    await using workspace = await startWorkspace({ manifest, rateLimits: false });
    const httpPort = await freePort();
    const apiUrl = `${workspace.standIn.url}/api/`;
    const file = writeConfig(folder, { httpPort, apiUrl, port: 9, root: pki.root }, (config) => {
      config["slack"] = { channel: "C0CERTS", mode: "socket", apiUrl };
    });
    await using bot = await BotProcess.start({
      CERTOPS_CONFIG: file,
      SLACK_BOT_TOKEN: SECRETS.botToken,
      SLACK_APP_TOKEN: SECRETS.appToken,
    });
    await bot.line("connected to Slack");

    await workspace.act("/command", { user: "U0ANA", channel: "C0CERTS", text: "/cert renew service-a" });
    const asked = await until("the request", async () =>
      (await workspace.messages("C0CERTS")).find(({ metadata }) => metadata?.event_type === "certops_request"),
    );
    await workspace.act("/click", { user: "U0BEN", channel: "C0CERTS", ts: asked.ts, action_id: "deny_request" });
    await workspace.fillIn("U0BEN", { text: "not now" });
    await until("the denial", async () =>
      (await workspace.messages("C0CERTS")).find(({ text }) => text.includes("Denied by")),
    );
    const post = await fetch(`http://127.0.0.1:${httpPort}/slack/events`, { method: "POST", body: "{}" });
    expect(post.status).toBe(503);

    bot.signal("SIGTERM");
    expect(await bot.exited).toBe(0);
    expect(bot.stdout).not.toContain(SECRETS.appToken);
  },
);
