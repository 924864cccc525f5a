/** Emoji that say how something is, as signs for which every machine has a glyph. */
const signs = new Map([
  ["✅", "✓"],
  ["🟢", "✓"],
  ["❌", "✗"],
  ["⛔", "✗"],
  ["🚫", "✗"],
  ["❔", "?"],
  ["⚠️", "⚠"],
  ["🚨", "⚠"],
  ["🟡", "⚠"],
  ["🔴", "⚠"],
]);

/** The others adorn what words say already, and are left out: where there is no font of emoji they would be empty boxes. */
export const inSigns = (text: string): string =>
  text.replaceAll(
    /(\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F)( ?)/gu,
    (_, emoji: string, space: string) => {
      const sign = signs.get(emoji);
      return sign === undefined ? "" : sign + space;
    },
  );
