import { get, post, Refused } from "./http.ts";
import type { Choice, Option } from "../blocks/block-types.ts";
import type { Directory, Message, Person, View } from "./workspace-types.ts";

/** Rooms besides the channels: the person's direct conversation with the bot, and the bot's Home tab. */
export const DIRECT = "direct";
export const HOME = "home";

/** The message or view that an element stands in. */
export type Where = { ts: string; channel: string } | { view_id: string };

/** What a person put into a modal, by block id and action id. */
export type Filled = Record<string, Record<string, Choice>>;

type Answer = { ok: boolean; tookMs?: number; error?: string; message?: string };
type Offered = { options?: Option[]; option_groups?: { options: Option[] }[] };
type Told = { type: string; message?: { channel: string }; channel?: string; user?: string };

/** The Slack stand-in as one person sees it. Says "change" whenever anything shown may have changed. */
class Workspace extends EventTarget {
  directory: Directory | null = null;
  messages: Message[] = [];
  views: View[] = [];
  home: View | null = null;
  room = "";
  me = "";
  /** Rooms in which something happened while another was shown. */
  unread = new Set<string>();
  problem: Refused | null = null;
  #asked = 0;
  #again = false;
  #loading = false;

  open(): EventSource {
    const source = new EventSource("/workspace/events");
    source.addEventListener("open", () => this.refresh());
    source.addEventListener("message", (event) => this.#happened(JSON.parse(String(event.data)) as Told));
    source.addEventListener("error", () =>
      this.#fail(new Refused("The Slack stand-in is away.", "Trying again by itself.")),
    );
    return source;
  }

  person(id: string): Person | undefined {
    return this.directory?.people.find((person) => person.id === id);
  }

  become(id: string): void {
    this.me = id;
    this.#forget();
    this.refresh();
    if (this.room === HOME) this.#act(this.#openHome());
  }

  enter(room: string): void {
    this.room = room;
    this.unread.delete(room);
    this.#forget();
    this.refresh();
    if (room === HOME) this.#act(this.#openHome());
  }

  /** Sends what was typed: a slash command, or a plain message. Resolves to how long the bot took to acknowledge a command. */
  async say(text: string): Promise<number | null> {
    const said = { user: this.me, channel: this.channel, text };
    if (!text.startsWith("/")) {
      await post("/workspace/message", said);
      return null;
    }
    const { ok, tookMs, error } = await post<Answer>("/workspace/command", said);
    if (!ok)
      throw new Refused(`${text.split(" ")[0]} failed: ${error ?? "the bot did not acknowledge it in 3 seconds"}.`, "");
    return tookMs ?? null;
  }

  async click(
    where: Where,
    action: { action_id: string | undefined; block_id: string | undefined; value: Choice },
  ): Promise<void> {
    const { ok, error } = await post<Answer>("/workspace/click", { user: this.me, ...where, ...action });
    if (!ok) throw new Refused(`The click failed: ${error ?? "the bot did not acknowledge it in 3 seconds"}.`, "");
  }

  /** What the bot offers in an external menu. */
  async suggest(
    where: Where,
    typed: { action_id: string | undefined; block_id: string | undefined; value: string },
  ): Promise<Option[]> {
    const { ok, error, offered } = await post<Answer & { offered?: Offered }>("/workspace/suggest", {
      user: this.me,
      ...where,
      ...typed,
    });
    if (!ok) throw new Refused(`The list could not be loaded: ${error}.`, "");
    return offered?.options ?? offered?.option_groups?.flatMap(({ options }) => options) ?? [];
  }

  /** What is wrong with the values comes back in the view itself; anything else is thrown. */
  async submit(view: View, values: Filled): Promise<void> {
    const { ok, errors, message, error } = await post<Answer & { errors?: object }>("/workspace/submit", {
      user: this.me,
      view_id: view.id,
      values,
    });
    if (!ok && !errors) throw new Refused(message ?? `Not sent: ${error}.`, "");
    this.refresh();
  }

  async close(view: View): Promise<void> {
    await post("/workspace/close", { user: this.me, view_id: view.id });
    this.refresh();
  }

  refresh(): void {
    if (this.#loading) this.#again = true;
    else this.#act(this.#load());
  }

  /** The id by which the stand-in knows the room shown. */
  get channel(): string {
    return this.room === DIRECT ? this.#direct() : this.room;
  }

  #direct = () => `D${this.me.slice(1)}`;

  #happened({ type, message, channel, user }: Told): void {
    if (type === "call" || type === "delivery" || (user !== undefined && user !== this.me)) return;
    const place = message?.channel ?? channel;
    const room = place === this.#direct() ? DIRECT : place;
    if (room !== undefined && room !== this.room) this.unread.add(room);
    this.refresh();
  }

  async #load(): Promise<void> {
    this.#loading = true;
    this.#again = false;
    try {
      this.directory ??= await this.#enterWorkspace();
      const asked = ++this.#asked;
      const [messages, views] = await Promise.all([
        this.#messages(),
        get<{ views: View[] }>(`/workspace/views?user=${this.me}`),
      ]);
      if (asked !== this.#asked) return;
      this.messages = messages;
      this.views = views.views;
      if (this.room === HOME) this.home = await this.#home();
      this.problem = null;
      this.dispatchEvent(new Event("change"));
    } finally {
      this.#loading = false;
      if (this.#again) this.refresh();
    }
  }

  async #enterWorkspace(): Promise<Directory> {
    const directory = await get<Directory>("/workspace");
    this.room ||= directory.channels[0]?.id ?? "";
    this.me ||= directory.people[0]?.id ?? "";
    return directory;
  }

  async #messages(): Promise<Message[]> {
    if (this.room === HOME) return [];
    const { messages } = await get<{ messages: Message[] }>(
      `/workspace/messages?channel=${this.channel}&as=${this.me}`,
    );
    return messages;
  }

  async #openHome(): Promise<void> {
    await post("/workspace/home", { user: this.me });
    this.refresh();
  }

  async #home(): Promise<View | null> {
    const { view } = await get<{ view: View | null }>(`/workspace/home?user=${this.me}`);
    return view;
  }

  /** What another person or room showed must not stay on screen, nor arrive late. */
  #forget(): void {
    this.#asked++;
    this.#again = this.#loading;
    this.messages = [];
    this.views = [];
    this.home = null;
    this.dispatchEvent(new Event("change"));
  }

  #act(work: Promise<void>): void {
    work.catch((problem: unknown) =>
      this.#fail(problem instanceof Refused ? problem : new Refused(String(problem), "")),
    );
  }

  #fail(problem: Refused): void {
    this.problem = problem;
    this.dispatchEvent(new Event("change"));
  }
}

export const workspace = new Workspace();
