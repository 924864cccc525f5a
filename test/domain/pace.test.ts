import { webApi } from "@slack/bolt";
import { expect, test } from "vitest";
import { AskedToWait, pace } from "../../bot/slack/pace.ts";
import { t0 } from "../support/renewal-fixtures.ts";

test("what Slack asked to wait for waits, others do not, and no longer where the clock is put back", async () => {
  let now = t0;
  const paced = pace(() => now);
  const limited = async () => {
    throw new webApi.WebAPIRateLimitedError(30);
  };
  const posted = () => paced("posting in C0CERTS", async () => "posted");
  await expect(paced("posting in C0CERTS", limited)).rejects.toMatchObject({ untilMs: t0 + 30_000 });
  now = t0 + 29_999;
  await expect(posted()).rejects.toBeInstanceOf(AskedToWait);
  expect(await paced("chat.update", async () => "updated")).toBe("updated");
  now = t0 + 30_000;
  expect(await posted()).toBe("posted");
  await expect(paced("posting in C0CERTS", limited)).rejects.toBeInstanceOf(AskedToWait);
  now = t0 - 86_400_000;
  expect(await posted()).toBe("posted");
});
