import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { z } from "zod";
import { Problem } from "../../vault-config/problem.ts";

const schema = z.object({
  features: z.object({
    app_home: z
      .object({ home_tab_enabled: z.boolean().default(false), messages_tab_enabled: z.boolean().default(false) })
      .default({ home_tab_enabled: false, messages_tab_enabled: false }),
    slash_commands: z
      .array(z.object({ command: z.string().startsWith("/"), should_escape: z.boolean().default(false) }))
      .default([]),
  }),
  oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }),
  settings: z
    .object({
      event_subscriptions: z.object({ bot_events: z.array(z.string()) }).default({ bot_events: [] }),
      interactivity: z
        .object({ is_enabled: z.boolean(), message_menu_options_url: z.url().optional() })
        .default({ is_enabled: false }),
    })
    .prefault({}),
});

/** What the app's manifest grants and registers; the stand-in allows no more than this. */
export interface Manifest {
  scopes: ReadonlySet<string>;
  commands: ReadonlySet<string>;
  /** Those in which `@ben` arrives as `<@U0BEN|ben>`. */
  escaped: ReadonlySet<string>;
  events: ReadonlySet<string>;
  interactive: boolean;
  /** Whether the options of an external menu are asked for over HTTP; over a socket they are in any case. */
  optionsUrl: boolean;
  homeTab: boolean;
  messagesTab: boolean;
}

/** Reads an app manifest. Throws a Problem that names the file and what is wrong in it. */
export function readManifest(file: string): Manifest {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new Problem(
      "MANIFEST_UNREADABLE",
      `The app manifest ${file} cannot be read.`,
      "Point MANIFEST_FILE at the manifest of the Slack app.",
      { cause },
    );
  }
  return parseManifest(text, file);
}

/** The same from the manifest's YAML; `name` is for the error. */
export function parseManifest(text: string, name: string): Manifest {
  const parsed = schema.safeParse(parse(text));
  if (!parsed.success) {
    throw new Problem(
      "MANIFEST_INVALID",
      `The app manifest ${name} is not one Slack would take.`,
      z.prettifyError(parsed.error),
    );
  }
  const { features, oauth_config, settings } = parsed.data;
  const scopes = new Set(oauth_config.scopes.bot);
  if (features.slash_commands.length > 0 && !scopes.has("commands")) {
    throw new Problem(
      "MANIFEST_INVALID",
      `The app manifest ${name} registers slash commands without the scope they need.`,
      "Add `commands` to oauth_config.scopes.bot.",
    );
  }
  return {
    scopes,
    commands: new Set(features.slash_commands.map(({ command }) => command)),
    escaped: new Set(
      features.slash_commands.filter(({ should_escape }) => should_escape).map(({ command }) => command),
    ),
    events: new Set(settings.event_subscriptions.bot_events),
    interactive: settings.interactivity.is_enabled,
    optionsUrl: settings.interactivity.message_menu_options_url !== undefined,
    homeTab: features.app_home.home_tab_enabled,
    messagesTab: features.app_home.messages_tab_enabled,
  };
}
