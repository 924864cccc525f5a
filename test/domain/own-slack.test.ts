import { describe, expect, test } from "vitest";
import { ownSlack } from "../../lab/own-slack.ts";

const words = { slack: "C0123456789", approvers: "U0AAA,U0BBB" };
const tokens = { SLACK_BOT_TOKEN: "xoxb-1", SLACK_APP_TOKEN: "xapp-1" };

describe("a Slack of one's own", () => {
  test("is a channel, its approvers and two tokens", () => {
    expect(ownSlack(words, tokens)).toEqual({
      channel: "C0123456789",
      approvers: ["U0AAA", "U0BBB"],
      botToken: "xoxb-1",
      appToken: "xapp-1",
    });
  });

  test("is not asked for without --slack, whatever the environment holds", () => {
    expect(ownSlack({ slack: undefined, approvers: "U0AAA" }, tokens)).toBeNull();
  });

  test.each([
    [{ ...words, slack: "#certificates" }, tokens, "a channel's id such as C0123456789"],
    [{ ...words, approvers: undefined }, tokens, "Nobody could approve"],
    [{ ...words, approvers: "U0AAA,ben" }, tokens, 'not "ben"'],
    [words, { ...tokens, SLACK_BOT_TOKEN: "xapp-1" }, "SLACK_BOT_TOKEN"],
    [words, { SLACK_BOT_TOKEN: "xoxb-1" }, "SLACK_APP_TOKEN"],
  ])("%j is refused with what is missing", (given, environment, sentence) => {
    expect(() => ownSlack(given, environment)).toThrow(sentence);
  });

  test("a refusal never repeats a token", () => {
    expect(() => ownSlack(words, { SLACK_BOT_TOKEN: "secret-1", SLACK_APP_TOKEN: "secret-2" })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining("secret-") }),
    );
  });
});
