import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import type { LabState } from "../state.ts";

const ASK_MS = 10_000;

const messageSchema = z.looseObject({
  ts: z.string(),
  text: z.string(),
  blocks: z.array(z.unknown()).default([]),
  ephemeral: z.boolean().default(false),
});

const mistakeSchema = z.looseObject({ message: z.string() });

export type Message = z.infer<typeof messageSchema>;

/** The button of a request that has its plan carried out. */
export const APPROVE = "approve_request";
const DENY = "deny_request";
/** The button of a notice that the router's rules were changed by somebody else. */
export const REAPPLY = "firewall_reapply";

/** Slack user ids of the stand-in's people. */
export const people = { ana: "U0ANA", ben: "U0BEN", chen: "U0CHEN", dana: "U0DANA" } as const;
export type Person = keyof typeof people;

const names = new Map<string, string>([
  ...Object.entries(people).map(([name, id]) => [id, `@${name}`] as const),
  ["S0PLATFORM", "@platform-approvers"],
]);

/** The human side of the Slack stand-in: what its people type, click and see, in the lab's channel. */
export class Workspace {
  readonly #url: string;
  readonly #token: string;
  readonly #channel: string;
  /** The share of each deadline that is waited out. */
  patience = 1;

  constructor({ urls, slack }: LabState) {
    this.#url = urls.slack;
    this.#token = slack.consoleToken;
    this.#channel = slack.channel.id;
  }

  async type(person: Person, text: string): Promise<void> {
    await this.#ask("/workspace/command", { user: people[person], channel: this.#channel, text });
  }

  async click(person: Person, message: Message, actionId: string): Promise<void> {
    const value = buttonOf(message, actionId) ?? "";
    await this.#ask("/workspace/click", {
      user: people[person],
      channel: this.#channel,
      ts: message.ts,
      action_id: actionId,
      value,
    });
  }

  /** Clicks Deny and fills in why, in the form that opens. */
  async deny(person: Person, message: Message, reason: string): Promise<void> {
    const user = people[person];
    await this.click(person, message, DENY);
    const open = async () => {
      const answer = await this.#ask(`/workspace/views?user=${user}`);
      return (
        z
          .object({ views: z.array(z.looseObject({ id: z.string() })) })
          .parse(answer)
          .views.at(-1) ?? null
      );
    };
    const { id } = await eventually("the form that asks why", open, AbortSignal.timeout(ASK_MS), 50);
    await this.#ask("/workspace/submit", { user, view_id: id, values: { text: { value: reason } } });
  }

  /** Everything this person sees in the channel, oldest first. */
  async seenBy(person: Person): Promise<Message[]> {
    const answer = await this.#ask(`/workspace/messages?channel=${this.#channel}&as=${people[person]}`);
    return z.object({ messages: z.array(messageSchema) }).parse(answer).messages;
  }

  /** Does something and waits for the message that this person sees because of it. */
  async answerTo(
    person: Person,
    awaited: string,
    act: () => Promise<void>,
    fits: (message: Message) => boolean,
    deadlineMs = ASK_MS,
  ): Promise<Message> {
    const before = new Set((await this.seenBy(person)).map(({ ts }) => ts));
    await act();
    const find = async () => (await this.seenBy(person)).find((one) => !before.has(one.ts) && fits(one)) ?? null;
    return eventually(awaited, find, this.deadline(deadlineMs), 100);
  }

  deadline(ms: number): AbortSignal {
    return AbortSignal.timeout(ms * this.patience);
  }

  /** ana types what asks for a change, and the plan comes that waits for ben's click. Throws what she is told in its place. */
  async planFor(line: string, deadlineMs?: number): Promise<Message> {
    const type = () => this.type("ana", line);
    const asks = (one: Message) => buttonOf(one, APPROVE) !== null;
    const isRefused = (one: Message) => one.ephemeral && !one.text.startsWith("🔏");
    const came = await this.answerTo(
      "ana",
      "the plan with its buttons",
      type,
      (one) => asks(one) || isRefused(one),
      deadlineMs,
    );
    if (asks(came)) return came;
    throw new Problem("NO_PLAN", `No plan came of it: ${wordsOf(came).join(" ")}`, "");
  }

  async #ask(path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.#url}${path}`, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${this.#token}`, "content-type": "application/json" },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(ASK_MS),
    });
    const answer: unknown = await response.json();
    if (response.ok) return answer;
    const mistake = mistakeSchema.safeParse(answer).data;
    throw new Problem("STAND_IN_REFUSED", mistake?.message ?? `the stand-in answered ${response.status}`, "");
  }
}

/** The value of a message's button, or null when it has no such button. */
export function buttonOf(message: Message, actionId: string): string | null {
  const elements = message.blocks.flatMap((block) => elementsOf(block));
  return elements.find((element) => element.action_id === actionId)?.value ?? null;
}

/** Every word of a message, one line per text of its blocks. */
export function wordsOf(message: Message): string[] {
  const texts = message.blocks.flatMap((block) => textsIn(block));
  return (texts.length > 0 ? texts : [message.text]).flatMap((text) => text.split("\n")).map(plain);
}

const actionsSchema = z.looseObject({
  elements: z.array(z.looseObject({ action_id: z.string().optional(), value: z.string().optional() })),
});

function elementsOf(block: unknown): { action_id?: string | undefined; value?: string | undefined }[] {
  return actionsSchema.safeParse(block).data?.elements ?? [];
}

function textsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(textsIn);
  if (typeof node !== "object" || node === null) return [];
  if ("type" in node && node.type === "button") return [];
  return Object.entries(node).flatMap(([key, value]) => {
    if (typeof value === "string") return key === "text" ? [value] : [];
    return textsIn(value);
  });
}

/** Slack's markup as a terminal shows it. */
function plain(line: string): string {
  return line
    .replaceAll(/<!date\^\d+\^[^|>]*\|([^>]*)>/g, "$1")
    .replaceAll(/<(?:!subteam\^|[@#])(\w+)(?:\|[^>]*)?>/g, (_, id: string) => names.get(id) ?? id)
    .replaceAll(/[*`]/g, "")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
