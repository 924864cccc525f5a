import { z } from "zod";
import { APPROVE, type Message, wordsOf, Workspace } from "../../lab/demo/workspace.ts";
import { eventually } from "../../lab/eventually.ts";
import type { Lab } from "../../lab/lab.ts";
import { askSocket } from "../../lab/unix-http.ts";

const lookEveryMs = 200;

/** The bot of a lab, as people see it: in a terminal, and in the lab's channel. */
export class BotDesk {
  readonly workspace: Workspace;
  readonly #lab: Lab;

  constructor(lab: Lab) {
    this.#lab = lab;
    this.workspace = new Workspace(lab.state);
  }

  /** What `certops <line>` answers an operator. */
  async certops(line: string): Promise<string> {
    const body = { args: line.split(" "), user: "operator:test" };
    const answer = await askSocket(this.#lab.state.files.botSocket, { method: "POST", path: "/v1/cert", body }, 15_000);
    return z.object({ text: z.string() }).parse(answer.body).text;
  }

  /** The answer, once it says so. */
  says(line: string, words: string | RegExp, ms = 30_000): Promise<string> {
    const ask = async () => saying(words, await this.certops(line));
    return eventually(`certops ${line} to say ${String(words)}`, ask, AbortSignal.timeout(ms), lookEveryMs);
  }

  /** Asks in Slack for a renewal, and gives the message that waits for Ben. */
  propose(service: string): Promise<Message> {
    return this.workspace.planFor(`/cert renew ${service} test`);
  }

  approve(message: Message): Promise<void> {
    return this.workspace.click("ben", message, APPROVE);
  }

  /** The words of that message, once it says so. */
  becomes({ ts }: Message, words: string | RegExp, ms: number): Promise<string> {
    const find = async () => {
      const message = (await this.workspace.seenBy("ben")).find((one) => one.ts === ts);
      return saying(words, message ? wordsOf(message).join("\n") : "");
    };
    return eventually(`the message to say ${String(words)}`, find, AbortSignal.timeout(ms), lookEveryMs);
  }

  /** Every message of the channel that holds these words, oldest first. */
  async posted(words: string): Promise<string[]> {
    const texts = (await this.workspace.seenBy("ben")).map((one) => wordsOf(one).join("\n"));
    return texts.filter((text) => text.includes(words));
  }

  /** The first message of the channel that holds these words, once there is one. */
  posts(words: string, ms = 60_000): Promise<string> {
    const find = async () => (await this.posted(words))[0] ?? null;
    return eventually(`a message with ${words}`, find, AbortSignal.timeout(ms), lookEveryMs);
  }

  async health(): Promise<unknown> {
    return (await fetch(`${this.#lab.state.urls.bot}/healthz`, { signal: AbortSignal.timeout(5_000) })).json();
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.#lab.state.urls.bot}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  }
}

/** The text that says so; throws one that does not, for who waits in vain to read. */
function saying(words: string | RegExp, text: string): string {
  if (text.match(words)) return text;
  throw new Error(text);
}
