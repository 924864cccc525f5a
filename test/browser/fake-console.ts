import { startConsole } from "../../lab/console/server.ts";
import { SECRETS, startWorkspace, type TestWorkspace } from "../contract/slack-fixture.ts";
import type { FakeLab } from "./fake-lab.ts";

/** The real console and the real Slack stand-in before a lab that runs nowhere; the given stand-in stays its owner's. */
export async function consoleBefore({ control }: FakeLab, given?: TestWorkspace) {
  await using stack = new AsyncDisposableStack();
  const workspace = given ?? stack.use(await startWorkspace());
  const state = {
    urls: { slack: workspace.standIn.url },
    slack: { consoleToken: SECRETS.consoleToken, channel: { id: "C0CERTS", name: "certificates" } },
  };
  const { url } = stack.use(await startConsole({ port: 0, control, state }));
  const owned = stack.move();
  return { url, workspace, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
