// C0 and C1 controls steer terminals; bidirectional and zero-width ones make a text look like another.
const unseen = /[^\P{Cc}\n\t]|[\u061C\u200B\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/gu;

/** Somebody else's text without what cannot be seen; line ends and tabs stay. */
export function visible(text: string): string {
  return text.replaceAll(unseen, "");
}
