import { expect, test } from "vitest";
import { keptPasskeys } from "../../bot/adapters/store/passkeys.ts";
import { openStore } from "../../bot/adapters/store/database.ts";
import { byRole } from "../../bot/domain/approval-policy.ts";
import { undecided } from "../../bot/domain/asked.ts";
import type { EnrolmentRequest } from "../../bot/domain/enrolment.ts";
import { steps } from "../../bot/domain/steps.ts";
import { requestView } from "../../bot/slack/views/request.ts";
import { SECRETS, startWorkspace } from "../contract/slack-fixture.ts";
import type { EnrolmentOrders } from "../support/enrolment-child.ts";
import { runToHalt } from "../support/halt.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const approval = byRole("approver", { groups: ["S0PLATFORM"], deadlineMs: 3_600_000 });
const plan = { id: "made-by-a-browser", user: "U0CHEN", publicKey: "AAAA", transports: [], rpId: "localhost" };

const asked = (now: number): EnrolmentRequest => ({
  ...undecided(plan, approval, now),
  kind: "enrolment",
  id: "e-killed22",
  requester: "U0CHEN",
  reason: "Asked for in Slack.",
  evidence: { counter: 1, by: "U0CHEN", others: [] },
});

test('a bot killed at "passkey kept" enrols it once, and its message is true', async () => {
  using folder = temporaryFolder();
  await using slack = await startWorkspace({ rateLimits: false });
  const request = asked(Date.now());
  const orders: EnrolmentOrders = {
    store: folder.file("certops.db"),
    slack: { apiUrl: `${slack.standIn.url}/api/`, token: SECRETS.botToken },
    request,
    policy: { approval, origin: "http://localhost:7799" },
    haltAt: null,
  };
  const passed = new Set<string>();
  const bot = (haltAt: string | null) =>
    runToHalt("./enrolment-child.ts", { ...orders, haltAt }, (line) => passed.add(line.replace("passed ", "")));

  expect(await bot("passkey kept")).toBe("killed");
  expect(await bot(null)).toBe(0);
  expect(passed).toEqual(new Set(steps.enrolment.map(({ step }) => step)));

  await using store = await openStore(orders.store, Date.now);
  const ended = await store.requests.find(request.id);
  expect(ended).toMatchObject({ state: "enrolled", receipt: { problem: null } });
  expect(await keptPasskeys(store.db.withTables()).all()).toMatchObject([{ id: plan.id, enrolledBy: request.id }]);
  expect(await slack.messages("C0CERTS")).toMatchObject([
    {
      ts: ended?.message?.ts,
      text: ended && requestView(ended, { now: Date.now(), configured: true }).text,
    },
  ]);
  const actions = (await store.audit.about(request.id)).map(({ action }) => action);
  expect(actions.filter((action) => action === "request.enrolled")).toHaveLength(1);
  expect(await store.audit.verify()).toBeNull();
});
