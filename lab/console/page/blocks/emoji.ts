export type Tone = "good" | "warn" | "bad" | "plain";

export interface Sign {
  glyph: string;
  tone: Tone;
  /** For a screen reader. */
  name: string;
}

/**
 * The emoji of an operations bot. Where colour carries the meaning they are drawn as signs in the page's own colours,
 * so that they read the same on the wall of a room and on a machine without an emoji font.
 */
const DRAWN: [characters: string, shortcodes: string, glyph: string, tone: Tone][] = [
  ["✅ ☑ ✔", "white_check_mark heavy_check_mark ballot_box_with_check", "✔", "good"],
  ["🟢", "large_green_circle", "●", "good"],
  ["❌ ✖", "x heavy_multiplication_x", "✖", "bad"],
  ["⛔ 🚫", "no_entry no_entry_sign", "⊘", "bad"],
  ["🔴", "red_circle", "●", "bad"],
  ["🚨", "rotating_light", "▲", "bad"],
  ["🛑", "octagonal_sign", "■", "bad"],
  ["⚠", "warning", "⚠", "warn"],
  ["🟡 🟠", "large_yellow_circle large_orange_circle", "●", "warn"],
  ["❔ ❓", "grey_question question", "?", "warn"],
  ["⏳ ⌛", "hourglass_flowing_sand hourglass", "◔", "plain"],
  ["❄", "snowflake", "❄", "plain"],
  ["🔄 🔁", "arrows_counterclockwise repeat", "↻", "plain"],
  ["🔀", "twisted_rightwards_arrows", "⇄", "plain"],
  ["✋", "hand raised_hand", "⊘", "warn"],
  ["🌤 ☀", "sun_small_cloud sunny", "☀", "plain"],
  ["🔏", "lock_with_ink_pen", "✎", "plain"],
  ["🔒", "lock", "⊠", "bad"],
  ["🔓", "unlock", "⊡", "good"],
  ["🔑", "key", "⚷", "plain"],
  ["🗝", "old_key", "⚷", "plain"],
  ["🧱", "bricks", "▦", "plain"],
  ["🏠", "house", "⌂", "plain"],
  ["🧭", "compass", "↗", "plain"],
  ["🧪", "test_tube", "△", "plain"],
  ["🍂", "fallen_leaf", "▽", "plain"],
  ["♾", "infinity", "∞", "plain"],
  ["↔", "left_right_arrow", "↔", "plain"],
  ["↩", "leftwards_arrow_with_hook", "↩", "warn"],
  ["🗄", "file_cabinet", "▤", "plain"],
  ["🔇", "mute", "?", "warn"],
  ["💥", "boom collision", "✷", "bad"],
  ["😴", "sleeping", "☾", "plain"],
  ["🔔", "bell", "◉", "plain"],
  ["🔗", "link", "⚯", "plain"],
  ["ℹ", "information_source", "ℹ", "plain"],
  ["💬", "speech_balloon", "❝", "plain"],
  ["👉", "point_right", "☛", "plain"],
  ["🔎", "mag_right", "⌕", "plain"],
  ["⏰", "alarm_clock", "◷", "warn"],
  ["📣", "mega", "◁", "warn"],
  ["📗", "green_book", "▥", "good"],
];

const PICTURES: Record<string, string> = {
  clipboard: "📋",
  mag: "🔍",
  memo: "📝",
  rocket: "🚀",
  scroll: "📜",
  shield: "🛡️",
  tada: "🎉",
  wave: "👋",
};

const byName = new Map<string, Sign>(
  Object.entries(PICTURES).map(([name, glyph]) => [name, { glyph, tone: "plain", name }]),
);
const byCharacter = new Map<string, Sign>();
for (const [characters, shortcodes, glyph, tone] of DRAWN) {
  const names = shortcodes.split(" ");
  const name = (names[0] ?? "").replaceAll("_", " ");
  for (const code of names) byName.set(code, { glyph, tone, name });
  for (const character of characters.split(" ")) byCharacter.set(character, { glyph, tone, name });
}
const anyEmoji = new RegExp(`(:[a-z][a-z0-9_+-]*:|(?:${[...byCharacter.keys()].join("|")})\\uFE0F?)`, "u");

/** Plain text and the signs in it, in turn. A shortcode that this page does not know stays text. */
export function splitEmoji(text: string): (string | Sign)[] {
  return text
    .split(anyEmoji)
    .filter((part) => part !== "")
    .map((part) => byCharacter.get(part.replace("\uFE0F", "")) ?? byName.get(part.slice(1, -1)) ?? part);
}
