/** Ids of people and groups in a sentence. They all have a digit: no other word of ours looks like one. */
export const slackIds = /\b[UWS](?=[A-Z]*\d)[A-Z0-9]{3,}\b/g;

/** The id of a person as Slack escapes one in what was typed, `<@U0CHEN|chen>`; null: the word is something else. */
export const mentionedIn = (word: string): string | null => /^<@([UW][A-Z0-9]+)(?:\|[^>]*)?>$/.exec(word)?.[1] ?? null;

/** The name that Slack put beside the id, where it did. */
export const nameBeside = (mention: string): string | null => /^<@[UW][A-Z0-9]+\|([^>]+)>$/.exec(mention)?.[1] ?? null;
