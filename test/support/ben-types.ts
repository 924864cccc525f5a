import { type Message, Workspace } from "../../lab/demo/workspace.ts";
import type { Lab } from "../../lab/lab.ts";

/** ben types it in the lab's Slack, and is answered. */
export function benTypes({ state }: Pick<Lab, "state">, line: string): Promise<Message> {
  const workspace = new Workspace(state);
  const type = () => workspace.type("ben", line);
  return workspace.answerTo("ben", `the answer to ${line}`, type, () => true);
}
