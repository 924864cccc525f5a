/** A value as HCL has it: what a task's variables can be, and what is written into its files. */
export type HclValue = string | number | boolean | null | HclValue[] | { [name: string]: HclValue };

/** One attribute: its name, and its expression as it is to stand there, which may span lines. */
export type Attribute = readonly [name: string, expression: string];

/** A text in quotes. Unlike JSON, HCL would take `${` and `%{` for templates. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]|[$%](?=\{)|(?! )[\p{C}\p{Z}]/gu, escaped)}"`;
}

function escaped(character: string): string {
  const short = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", $: "$$", "%": "%%" }[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0) ?? 0;
  return code > 0xffff ? `\\U${hex(code, 8)}` : `\\u${hex(code, 4)}`;
}

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}

/** The expression of a value. An object that is not empty takes a line for each attribute. */
export function expression(value: HclValue): string {
  if (typeof value === "string") return quoted(value);
  if (Array.isArray(value)) return `[${value.map(expression).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const attributes = Object.keys(value)
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => [identifier.test(name) ? name : quoted(name), expression(value[name] ?? null)] as const);
  return attributes.length === 0 ? "{}" : `{\n${indented(aligned(attributes))}\n}`;
}

/** How HashiCorp's formatter writes attributes: equals signs in one column, begun anew after whatever spans lines. */
export function aligned(attributes: readonly Attribute[]): string {
  const lines: string[] = [];
  let group: Attribute[] = [];
  const close = () => {
    const width = Math.max(0, ...group.map(([name]) => name.length));
    lines.push(...group.map(([name, text]) => `${name.padEnd(width)} = ${text}`));
    group = [];
  };
  for (const attribute of attributes) {
    if (!attribute[1].includes("\n")) {
      group.push(attribute);
      continue;
    }
    close();
    lines.push(`${attribute[0]} = ${attribute[1]}`);
  }
  close();
  return lines.join("\n");
}

/** Every line that is not empty, moved to the right. */
export function indented(text: string, blanks = 2): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(blanks));
}

export const identifier = /^[\p{L}_][\p{L}\p{N}_-]*$/u;
