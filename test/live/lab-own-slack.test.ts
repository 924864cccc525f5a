import { expect, test } from "vitest";
import { buttonOf, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import { startLab } from "../../lab/lab.ts";
import { readManifest } from "../../lab/slack/manifest.ts";
import { startStandIn } from "../../lab/slack/stand-in.ts";
import { labFolder } from "../support/lab-process.ts";

test("a lab whose bot is in a Slack of its own takes a renewal there, by Socket Mode and its two tokens", async () => {
  await using folder = await labFolder();
  // Stands for the user's Slack: no request URL leads to the bot, so all that arrives came over its socket.
  await using slack = await startStandIn({
    port: 0,
    botUrl: "http://127.0.0.1:9/nowhere",
    signingSecret: "unused in Socket Mode",
    tokens: { bot: "xoxb-own", app: "xapp-own" },
    consoleToken: "console-of-the-test",
    manifest: readManifest("bot/slack-manifest.yaml"),
  });
  await using lab = await startLab({
    dir: folder.dir,
    ports: "free",
    ownSlack: { channel: "C0CERTS", approvers: ["U0CHEN"], botToken: "xoxb-own", appToken: "xapp-own" },
    editBotConfig: (config) => ({ ...config, slack: { ...(config["slack"] as object), apiUrl: `${slack.url}/api/` } }),
  });
  const { urls, slack: own } = lab.state;
  const workspace = new Workspace({
    ...lab.state,
    urls: { ...urls, slack: slack.url },
    slack: { ...own, consoleToken: "console-of-the-test" },
  });

  const ask = () => workspace.type("ana", "/cert renew service-b in my own Slack");
  const request = await workspace.answerTo("ben", "the plan", ask, (one) => buttonOf(one, "approve_request") !== null);
  const click = () => workspace.click("ben", request, "approve_request");
  const refusal = await workspace.answerTo("ben", "a refusal", click, ({ ephemeral }) => ephemeral);

  // Named by --approvers: chen alone, whatever groups there are.
  expect(JSON.stringify(refusal)).toContain("<@U0CHEN>");

  await workspace.click("chen", request, "approve_request");
  const receipt = async () => {
    const now = (await workspace.seenBy("ben")).find(({ ts }) => ts === request.ts);
    return now?.text.includes("Every instance serves") ? wordsOf(now).join("\n") : null;
  };
  const soon = AbortSignal.timeout(30_000);
  expect(await eventually("the receipt in my own Slack", receipt, soon, 200)).toContain("Approved by @chen");
  expect((await lab.control.status()).slack).toBe("own");
}, 120_000);
