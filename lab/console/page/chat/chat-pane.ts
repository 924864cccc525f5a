import { html, nothing } from "lit";
import { repeat } from "lit/directives/repeat.js";
import { lab } from "../wire/lab-feed.ts";
import { LightElement } from "../wire/light-element.ts";
import { Watch } from "../wire/watch.ts";
import { DIRECT, HOME, workspace } from "../wire/workspace.ts";
import "./chat-composer.ts";
import "./chat-home.ts";
import "./chat-message.ts";
import "./person-switch.ts";

/** Near enough to the end to count as reading the newest message, in pixels. */
const AT_END = 60;

class ChatPane extends LightElement {
  #readsNewest = true;

  constructor() {
    super();
    new Watch(this, workspace);
    new Watch(this, lab);
  }

  protected override willUpdate(): void {
    const list = this.querySelector(".messages[role=log]");
    this.#readsNewest = !list || list.scrollHeight - list.scrollTop - list.clientHeight < AT_END;
  }

  protected override updated(): void {
    if (this.#readsNewest) void this.#toNewest();
  }

  /** The messages render after this list did: only then is its height known. */
  async #toNewest(): Promise<void> {
    await Promise.all(
      [...this.querySelectorAll<LightElement>("chat-message")].map((message) => message.updateComplete),
    );
    this.querySelector(".messages[role=log]")?.scrollTo({ top: Number.MAX_SAFE_INTEGER });
  }

  protected override render() {
    const { directory, problem } = workspace;
    if (!directory) {
      return html`<section class="chat" aria-label="Chat">
        <p class="empty">${problem ? `${problem.message} ${problem.hint}` : "Opening the workspace…"}</p>
      </section>`;
    }
    const rooms = [
      ...directory.channels.map(({ id, name }) => ({ id, label: `#${name}` })),
      { id: DIRECT, label: directory.bot.name },
      { id: HOME, label: "Home" },
    ];
    return html`<section class="chat" aria-label="Chat">
      <header>
        <nav aria-label="Rooms">
          ${rooms.map(
            ({ id, label }) =>
              html`<button
                type="button"
                aria-current=${id === workspace.room ? "page" : nothing}
                @click=${() => workspace.enter(id)}
              >
                ${label}${workspace.unread.has(id) ? html`<span class="unread" aria-label="new messages"></span>` : nothing}
              </button>`,
          )}
        </nav>
        ${
          lab.frame?.status?.slack === "own"
            ? html`<span class="stand-in">The bot is in your own Slack; nobody answers here</span>`
            : html`<span
                class="stand-in"
                title="No Slack is involved: this lab's own server speaks to the bot as Slack does"
                >Slack stand-in</span
              >`
        }
      </header>
      ${problem ? html`<p class="away" role="alert">${problem.message} ${problem.hint}</p>` : nothing}
      ${workspace.room === HOME ? html`<chat-home></chat-home>` : this.#messages()}
      <footer>
        <person-switch></person-switch>
        ${workspace.room === HOME ? nothing : html`<chat-composer></chat-composer>`}
      </footer>
    </section>`;
  }

  #messages() {
    return html`<div class="messages" role="log" aria-label="Messages" tabindex="0">
      ${workspace.messages.length === 0 ? html`<p class="empty">Nothing here yet. Type <kbd>/cert help</kbd> below.</p>` : nothing}
      ${repeat(
        workspace.messages,
        ({ ts }) => ts,
        (message) => html`<chat-message .message=${message}></chat-message>`,
      )}
    </div>`;
  }
}

customElements.define("chat-pane", ChatPane);
