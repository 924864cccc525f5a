import type { Block } from "./blocks/block.ts";
import { initialState, type StateValues } from "./blocks/element-state.ts";
import { APP_ID, BOT, TEAM } from "./directory.ts";
import type { Feed } from "./feed.ts";
import type { Clock, Ids } from "./ids.ts";
import { type Refusal, refuse } from "./refusal.ts";

const DEEPEST_STACK = 3;

interface Text {
  type: "plain_text";
  text: string;
  emoji?: boolean | undefined;
}

/** A modal or Home tab as the app defines it, checked. */
export interface ViewDefinition {
  type: "modal" | "home";
  title?: Text | undefined;
  submit?: Text | undefined;
  close?: Text | undefined;
  blocks: Block[];
  private_metadata?: string | undefined;
  callback_id?: string | undefined;
  external_id?: string | undefined;
  clear_on_close?: boolean | undefined;
  notify_on_close?: boolean | undefined;
}

export interface View extends ViewDefinition {
  id: string;
  team_id: string;
  app_id: string;
  bot_id: string;
  state: { values: StateValues };
  hash: string;
  root_view_id: string;
  previous_view_id: string | null;
  /** What the app found wrong at the last submit, by block id; shown by the client, no part of Slack's view object. */
  errors?: Record<string, string>;
}

export type Shown = { ok: true; view: View } | Refusal;

/** The modals that people have open, at most three deep, and their Home tabs. */
export class Views {
  readonly #stacks = new Map<string, View[]>();
  readonly #homes = new Map<string, View>();
  readonly #ids: Ids;
  readonly #feed: Feed;
  readonly #now: Clock;

  constructor(ids: Ids, feed: Feed, now: Clock) {
    this.#ids = ids;
    this.#feed = feed;
    this.#now = now;
  }

  /** Bottom first. */
  stack(user: string): View[] {
    return this.#stacks.get(user) ?? [];
  }

  home(user: string): View | undefined {
    return this.#homes.get(user);
  }

  find(id: string): { user: string; view: View } | undefined {
    for (const [user, views] of [
      ...this.#stacks,
      ...[...this.#homes].map(([owner, view]) => [owner, [view]] as const),
    ]) {
      const view = views.find((one) => one.id === id || (one.external_id !== undefined && one.external_id === id));
      if (view) return { user, view };
    }
    return undefined;
  }

  open(user: string, definition: ViewDefinition): Shown {
    if (this.#taken(definition)) return refuse("duplicate_external_id");
    const view = this.#create(definition, []);
    this.#setStack(user, [view]);
    return { ok: true, view };
  }

  push(user: string, definition: ViewDefinition): Shown {
    const stack = this.stack(user);
    if (stack.length === 0) return refuse("not_found");
    if (stack.length >= DEEPEST_STACK) return refuse("push_limit_reached");
    if (this.#taken(definition)) return refuse("duplicate_external_id");
    const view = this.#create(definition, stack);
    this.#setStack(user, [...stack, view]);
    return { ok: true, view };
  }

  /** Replaces what a view shows. What a person filled in stays where block and action ids stay. */
  update(id: string, definition: ViewDefinition, hash?: string): Shown {
    const found = this.find(id);
    if (!found) return refuse("not_found");
    if (hash !== undefined && hash !== found.view.hash) return refuse("hash_conflict");
    if (this.#taken(definition, found.view)) return refuse("duplicate_external_id");
    const { user, view } = found;
    const values = initialState(definition.blocks);
    for (const [block, row] of Object.entries(values)) {
      for (const action of Object.keys(row)) {
        const kept = view.state.values[block]?.[action];
        if (kept && kept.type === row[action]?.type) row[action] = kept;
      }
    }
    const { id: viewId, team_id, app_id, bot_id, root_view_id, previous_view_id } = view;
    const next: View = {
      ...definition,
      id: viewId,
      team_id,
      app_id,
      bot_id,
      root_view_id,
      previous_view_id,
      state: { values },
      hash: this.#hash(),
    };
    if (this.#homes.get(user)?.id === id) this.#setHome(user, next);
    else
      this.#setStack(
        user,
        this.stack(user).map((one) => (one.id === view.id ? next : one)),
      );
    return { ok: true, view: next };
  }

  publish(user: string, definition: ViewDefinition, hash?: string): Shown {
    const current = this.#homes.get(user);
    if (hash !== undefined && current !== undefined && hash !== current.hash) return refuse("hash_conflict");
    if (this.#taken(definition, current)) return refuse("duplicate_external_id");
    const view = this.#create(definition, []);
    if (current) Object.assign(view, { id: current.id, root_view_id: current.id });
    this.#setHome(user, view);
    return { ok: true, view };
  }

  /** Takes a view off its stack, with what lies above it. */
  close(user: string, id: string): View[] {
    const stack = this.stack(user);
    const index = stack.findIndex((view) => view.id === id);
    if (index < 0) return [];
    this.#setStack(user, stack.slice(0, index));
    return stack.slice(index);
  }

  clear(user: string): View[] {
    const closed = this.stack(user);
    this.#setStack(user, []);
    return closed;
  }

  showErrors(user: string, view: View, errors: Record<string, string>): void {
    view.errors = errors;
    this.#setStack(user, this.stack(user));
  }

  #taken({ external_id }: ViewDefinition, except?: View): boolean {
    if (!external_id) return false;
    const holder = this.find(external_id)?.view;
    return holder !== undefined && holder.id !== except?.id;
  }

  #create(definition: ViewDefinition, below: View[]): View {
    const id = this.#ids.next("V");
    return {
      ...definition,
      id,
      team_id: TEAM.id,
      app_id: APP_ID,
      bot_id: BOT.id,
      state: { values: initialState(definition.blocks) },
      hash: this.#hash(),
      root_view_id: below[0]?.id ?? id,
      previous_view_id: below.at(-1)?.id ?? null,
    };
  }

  #hash(): string {
    return `${Math.floor(this.#now() / 1000)}.${this.#ids.next("")}`;
  }

  #setStack(user: string, views: View[]): void {
    this.#stacks.set(user, views);
    this.#feed.publish({ type: "view", user, views });
  }

  #setHome(user: string, view: View): void {
    this.#homes.set(user, view);
    this.#feed.publish({ type: "home", user, view });
  }
}
