import { html, nothing, type PropertyValues } from "lit";
import { renderBlock } from "../blocks/block.ts";
import { renderMrkdwn } from "../blocks/text.ts";
import { LightElement } from "../wire/light-element.ts";
import type { Message } from "../wire/workspace-types.ts";
import { workspace } from "../wire/workspace.ts";
import { renderAvatar } from "./avatar.ts";
import { KitSurface } from "./kit-surface.ts";

class ChatMessage extends LightElement {
  static override properties = { message: { attribute: false } };
  declare message: Message;
  #surface = new KitSurface(this, () => ({ ts: this.message.ts, channel: this.message.channel }));

  protected override updated(changed: PropertyValues<this>): void {
    const before = changed.get("message");
    if (before && JSON.stringify(before.blocks) !== JSON.stringify(this.message.blocks)) this.#flash();
  }

  /** A message that changes in place is easily missed: it lights up once. */
  #flash(): void {
    const article = this.querySelector("article");
    article?.classList.remove("changed");
    requestAnimationFrame(() => article?.classList.add("changed"));
  }

  protected override render() {
    const { message } = this;
    const person = message.user ? workspace.person(message.user) : undefined;
    const name = person?.name ?? (message.user === "USLACKBOT" ? "Slackbot" : workspace.directory?.bot.name);
    const at = new Date(Number(message.ts) * 1000);
    const { problem } = this.#surface;
    return html`<article
      class="message ${message.ephemeral ? "ephemeral" : ""} ${message.thread_ts && message.thread_ts !== message.ts ? "reply" : ""}"
      aria-label="${name} said"
      data-ts=${message.ts}
    >
      ${renderAvatar(person)}
      <div class="said">
        <header>
          <strong>${name}</strong>${message.bot ? html`<span class="app">app</span>` : nothing}
          <time datetime=${at.toISOString()}>${clock(at)}</time>
          ${message.edited ? html`<span class="note">edited ${clock(new Date(Number(message.edited.ts) * 1000))}</span>` : nothing}
          ${message.ephemeral ? html`<span class="note only">Only visible to you</span>` : nothing}
        </header>
        ${message.blocks?.length ? message.blocks.map((block) => renderBlock(block, this.#surface)) : html`<div class="block text">${renderMrkdwn(message.text)}</div>`}
        ${problem ? html`<p class="error" role="alert">${problem.message} ${problem.hint}</p>` : nothing}
      </div>
    </article>`;
  }
}

function clock(at: Date): string {
  const timeZone = workspace.person(workspace.me)?.tz ?? "UTC";
  return new Intl.DateTimeFormat("en-GB", { timeStyle: "medium", timeZone }).format(at);
}

customElements.define("chat-message", ChatMessage);
