import type { HclValue } from "./hcl-text.ts";

/** What is wrong with a variable's text, as CTS says it: `:line,from-to: Summary; Detail.` */
export class HclError extends Error {}

/**
 * Reads `name = value` lines, as CTS does with a task's variables after it has put each name and each text together: a
 * text that holds a line end can therefore bring a variable of its own. Values are literals; operators, `for` and
 * heredocs, which CTS would work out, are refused.
 */
export function readVariables(variables: Record<string, string>): Record<string, HclValue> {
  const text = Object.entries(variables)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join("");
  return new Reader(text).attributes();
}

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "\\": "\\" };
const constants: Record<string, HclValue> = { true: true, false: false, null: null };
const name = /[\p{L}_][\p{L}\p{N}_-]*/uy;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  attributes(): Record<string, HclValue> {
    const read: Record<string, HclValue> = {};
    for (this.#skip("\n"); this.#at < this.#text.length; this.#skip("\n")) {
      const from = this.#at;
      const key = this.#match(name);
      if (key === null) {
        throw this.#error(
          "Argument or block definition required",
          "An argument or block definition is required here.",
          from,
        );
      }
      this.#skip();
      this.#expect(
        "=",
        "Invalid block definition",
        "Either a quoted string block label or an opening brace is expected here.",
      );
      if (key in read) {
        throw this.#error(
          "Attribute redefined",
          `The argument "${key}" was already set. Each argument may be set only once.`,
          from,
        );
      }
      read[key] = this.#value();
      this.#skip();
      this.#expect("\n", "Missing newline after argument", "An argument definition must end with a newline.");
    }
    return read;
  }

  #value(): HclValue {
    this.#skip();
    const next = this.#text[this.#at] ?? "";
    if (next === '"') return this.#quoted();
    if (next === "[") return this.#list();
    if (next === "{") return this.#object();
    const number = this.#match(/-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y);
    if (number !== null) return Number(number);
    const from = this.#at;
    const word = this.#match(name);
    if (word === null) {
      throw this.#error(
        "Invalid expression",
        "Expected the start of an expression, but found an invalid expression token.",
        from,
      );
    }
    if (word in constants) return constants[word] ?? null;
    if (this.#text[this.#at] === "(")
      throw this.#error("Function calls not allowed", "Functions may not be called here.", from);
    throw this.#error("Variables not allowed", "Variables may not be used here.", from, this.#at);
  }

  #quoted(): string {
    const from = this.#at;
    let read = "";
    for (this.#at++; ; this.#at++) {
      const character = this.#text[this.#at];
      if (character === undefined || character === "\n") {
        throw this.#error("Invalid multi-line string", multiLine, from);
      }
      if (character === '"') {
        this.#at++;
        return read;
      }
      if (character === "\\") read += this.#escape();
      else if (character === "$" || character === "%") read += this.#marker(character);
      else read += character;
    }
  }

  #escape(): string {
    const from = this.#at++;
    const character = this.#text[this.#at] ?? "";
    if (character in escapes) return escapes[character] ?? "";
    const code = this.#match(/u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}/y);
    if (code === null) {
      throw this.#error(
        "Invalid escape sequence",
        `The symbol "${character}" is not a valid escape sequence selector.`,
        from,
      );
    }
    this.#at--;
    return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
  }

  /** `$` or `%`: doubled before a brace it is itself; alone before one it begins a template. */
  #marker(character: string): string {
    if (this.#text.startsWith(`${character}${character}{`, this.#at)) {
      this.#at += 2;
      return `${character}{`;
    }
    if (this.#text[this.#at + 1] !== "{") return character;
    this.#at += 2;
    const value = character === "$" ? this.#value() : null;
    // A literal in a template would be its own text; CTS works it out, and nobody writes it.
    throw this.#error("Template not read", `This stand-in reads no templates (${JSON.stringify(value)}).`, this.#at);
  }

  #list(): HclValue[] {
    const read: HclValue[] = [];
    this.#at++;
    for (this.#skip("\n"); this.#text[this.#at] !== "]"; this.#skip("\n")) {
      read.push(this.#value());
      this.#skip("\n");
      if (this.#text[this.#at] === ",") this.#at++;
      else if (this.#text[this.#at] !== "]") {
        throw this.#error(
          "Missing item separator",
          "Expected a comma to mark the beginning of the next item.",
          this.#at,
        );
      }
    }
    this.#at++;
    return read;
  }

  #object(): Record<string, HclValue> {
    const read: Record<string, HclValue> = {};
    this.#at++;
    for (this.#skip("\n"); this.#text[this.#at] !== "}"; this.#skip("\n")) {
      const key = this.#text[this.#at] === '"' ? this.#quoted() : this.#match(name);
      this.#skip();
      if (key === null || this.#match(/[=:]/y) === null) {
        throw this.#error(
          "Missing key/value separator",
          'Expected an equals sign ("=") to mark the beginning of the attribute value.',
          this.#at,
        );
      }
      read[key] = this.#value();
      this.#skip();
      if (this.#match(/[,\n]/y) === null && this.#text[this.#at] !== "}") {
        throw this.#error(
          "Missing attribute separator",
          "Expected a newline or comma to mark the beginning of the next attribute.",
          this.#at,
        );
      }
    }
    this.#at++;
    return read;
  }

  /** Over blanks and comments, and over line ends where they mean nothing. */
  #skip(also = ""): void {
    const blank =
      also === "\n" ? /(?:\s|\/\*[^]*?\*\/|(?:#|\/\/)[^\n]*\n?)*/y : /(?:[ \t\r]|\/\*[^]*?\*\/|(?:#|\/\/)[^\n]*)*/y;
    this.#match(blank);
  }

  #expect(character: string, summary: string, detail: string): void {
    if (this.#text[this.#at] !== character) throw this.#error(summary, detail, this.#at);
    this.#at++;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at += found[0].length;
    return found[0];
  }

  #error(summary: string, detail: string, from: number, to = from + 1): HclError {
    const before = this.#text.slice(0, from).split("\n");
    const column = (before.at(-1)?.length ?? 0) + 1;
    return new HclError(`:${before.length},${column}-${column + to - from}: ${summary}; ${detail}`);
  }
}

const multiLine =
  'Quoted strings may not be split over multiple lines. To produce a multi-line string, either use the \\n escape to represent a newline character or use the "heredoc" multi-line template syntax.';
