import { describe, expect, test } from "vitest";
import { runCommand } from "../../bot/operations/command.ts";
import { startOperatorSocket } from "../../bot/operator-socket.ts";
import { anApprovalSlack, asked, type ApprovalSlack, textOf } from "../support/approval-slack.ts";
import { certops } from "../support/certops.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

/** Nothing was asked for, and nobody but who typed was told. */
async function nothingFiled({ store, workspace }: ApprovalSlack): Promise<void> {
  expect(await store.requests.list({})).toEqual([]);
  expect(await store.audit.head()).toBeNull();
  expect(await store.outbox.waiting()).toMatchObject({ count: 0 });
  expect((await workspace.messages("C0CERTS")).filter(({ ephemeral }) => !ephemeral)).toEqual([]);
}

describe("/cert renew --dry-run", { timeout: 30_000 }, () => {
  test("shows who typed it the plan and who would decide, and files nothing", async () => {
    const slack = await anApprovalSlack({ needed: 2, stepUp: "passkey" });
    const answer = await slack.type("/cert renew service-a --dry-run the old key was seen");
    expect(answer).toMatchObject({ ephemeral: true, to: "U0ANA" });
    for (const said of [
      "🧪 Dry run: renew service-a",
      "Nothing was asked for, and nobody was told.",
      "It takes two: two of <!subteam^S0PLATFORM> have to approve · 🔑 approving takes a passkey",
      "*Names*\\n`service-a.example.com`",
      "*Issuer*\\n`pki/service-a`",
      "all 2 instances at once",
      "*Missing*\\n2 of <!subteam^S0PLATFORM>",
      "policy `production`",
      "`/cert renew service-a &lt;reason&gt;`",
    ])
      expect(textOf(answer)).toContain(said);
    expect(textOf(answer)).not.toContain("action_id");
    await nothingFiled(slack);
    // What it showed is what is then asked for.
    const [plan] = /plan `\w+`/.exec(textOf(answer)) ?? ["none"];
    expect(textOf((await asked(slack)).message)).toContain(plan);
  });

  test("is refused as the request would be: where one is open, it is not theirs to ask, or an option is unknown", async () => {
    const slack = await anApprovalSlack({ askers: { users: [], groups: ["S0LEADS"], rotas: [] } });
    expect(textOf(await slack.type("/cert renew service-a --dry-run"))).toContain("not-asker");
    expect(textOf(await slack.type("/cert renew service-a --dryrun", "U0DANA"))).toContain("has no option --dryrun.");
    expect(textOf(await slack.type("/cert renew --dry-run", "U0DANA"))).toContain("missing-argument");
    await nothingFiled(slack);
    expect(textOf(await slack.type("/cert renew service-a really", "U0DANA"))).toContain("Asked for a renewal");
    expect(textOf(await slack.type("/cert renew service-a --dry-run", "U0DANA"))).toContain("already-open");
    expect(await slack.store.requests.list({})).toHaveLength(1);
  });

  test("says of what the policy approves by itself that nobody would be asked", async () => {
    const slack = await anApprovalSlack({ standing: { longestMs: 86_400_000, unasked: false } });
    const first = textOf(await slack.type("/cert renew service-a --dry-run"));
    expect(first).toContain("No standing approval: nobody has approved a renewal of it yet");
    const { message, id } = await asked(slack);
    await slack.click(message, "approve_request", "U0BEN");
    await slack.message(/⏳ Renewing/);
    await slack.store.jobs.claim("bot", slack.time.now, 1_000);
    const audit = { at: slack.time.now, actor: "certops", action: "request.deployed", subject: id, detail: {} };
    await slack.store.jobs.finish(id, "bot", { state: "deployed", receipt: null }, { audit, outbox: [] });
    const routine = textOf(await slack.type("/cert renew service-a --dry-run"));
    expect(routine).toContain("it would be approved at once");
    expect(routine).toContain(`📗 Routine: as ${id}, which people approved.`);
    expect(routine).not.toContain("*Missing*");
    expect(await slack.store.requests.list({})).toHaveLength(1);
  });

  test("in a terminal says the same, and `certops revoke … --dry-run` is refused", async () => {
    const slack = await anApprovalSlack({ needed: 2 });
    using folder = temporaryFolder();
    const socket = folder.file("bot.sock");
    const unused = (): never => {
      throw new Error("not asked for");
    };
    await using _socket = await startOperatorSocket(socket, {
      run: (typed) => runCommand(slack.desk, typed),
      ...{ hold: unused, release: unused, status: unused, audit: unused },
      clock: () => slack.time.now,
      track: (work) => work,
      log: { error: unused } as unknown as Parameters<typeof startOperatorSocket>[1]["log"],
    });
    const dry = await certops(["--socket", socket, "renew", "service-a", "--dry-run", "weekly"]);
    expect(dry).toMatchObject({ status: 0, stderr: "" });
    const lines = dry.stdout.split("\n").map((line) => line.trim());
    expect(lines[0]).toBe("service-a  dry run: nothing was asked for, and nobody was told");
    for (const line of [
      "names     service-a.example.com",
      "issuer    pki/service-a",
      "rollout   all instances at once",
      "approval  2 missing: a member of S0PLATFORM, within 1 h (policy production)",
    ])
      expect(lines).toContain(line);
    const other = await certops(["--socket", socket, "revoke", "service-a", "superseded", "--dry-run"]);
    expect(other).toMatchObject({ status: 1 });
    expect(other.stdout).toContain("certops revoke has no option --dry-run.");
    await nothingFiled(slack);
  });
});
