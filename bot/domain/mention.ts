/** The id of a person as Slack escapes one in what was typed, `<@U0CHEN|chen>`; null: the word is something else. */
export const mentionedIn = (word: string): string | null => /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word)?.[1] ?? null;
