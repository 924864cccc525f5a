/** The id of a person as Slack escapes one in what was typed, `<@U0CHEN|chen>`; null: the word is something else. */
export const mentionedIn = (word: string): string | null => /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word)?.[1] ?? null;

/** The name that Slack put beside the id, where it did. */
export const nameBeside = (mention: string): string | null => /^<@[UW][A-Z0-9]+\|([^>]+)>$/.exec(mention)?.[1] ?? null;
