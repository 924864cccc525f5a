import { type Window, parseWindow } from "./expiry.ts";
import { nearest } from "./nearest.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** A question the store can answer. */
export type Query =
  | { kind: "expiring"; /** null: as configured. */ window: Window | null }
  | { kind: "expired" }
  | { kind: "show" | "host" | "issuer" | "owner"; what: string }
  | ({ kind: "serial" } & SerialQuery)
  /** In lower case; each has to be somewhere. */
  | { kind: "ask"; words: string[] };

/** A serial, whole or as receipts shorten it. Lower-case hex with colons. */
export interface SerialQuery {
  serial: string;
  /** How it ends, where its middle was left out. */
  ending?: string;
}

const usage = {
  expiring: "expiring [30d|20%]",
  expired: "expired",
  show: "show <service, instance, name or fingerprint>",
  host: "host <name, *.suffix or host:port>",
  issuer: "issuer <part of its name>",
  owner: "owner <owner>",
  serial: "serial <AB:CD:…>",
  ask: "ask <words>",
} as const;

type Verb = keyof typeof usage;

/** From the words a person typed, the verb first. */
export function parseQuery(args: string[]): Query | Refusal {
  const [typed = "", ...rest] = args.map((word) => word.trim()).filter((word) => word !== "");
  const verb = typed.toLowerCase();
  if (!isVerb(verb)) return unknownVerb(typed);
  switch (verb) {
    case "expiring":
      return expiring(rest);
    case "expired":
      return rest.length === 0 ? { kind: "expired" } : tooMuch(verb, rest);
    case "serial":
      return serial(rest.join(""));
    case "ask":
      return asked(rest);
    case "issuer":
    case "owner":
      return rest.length === 0 ? missing(verb) : { kind: verb, what: rest.join(" ") };
    case "show":
    case "host":
      if (rest.length > 1) return tooMuch(verb, rest.slice(1));
      return rest[0] === undefined ? missing(verb) : { kind: verb, what: rest[0] };
  }
}

const mostWords = 8;

function asked(rest: string[]): Query | Refusal {
  const words = rest.map((word) => word.toLowerCase()).filter((word) => /[\p{L}\p{N}]/u.test(word));
  if (words.length === 0) return missing("ask");
  return words.length > mostWords ? tooMuch("ask", words.slice(mostWords)) : { kind: "ask", words };
}

/** So many bytes tell certificates apart; fewer are taken for a whole serial. */
const enoughBytes = 4;

/** Whether `serial` is the one that is asked for: that very one, or one that begins (and ends) so. */
export function isSerial(asked: SerialQuery, serial: string): boolean {
  if (serial === asked.serial) return asked.ending === undefined;
  return isBeginning(asked) && serial.startsWith(`${asked.serial}:`) && serial.endsWith(asked.ending ?? "");
}

export const isBeginning = ({ serial }: SerialQuery) => bytesOf(serial) >= enoughBytes;

const bytesOf = (serial: string) => serial.split(":").length;

/** "AB:CD", "abcd", "ab cd", "0xABCD" → "ab:cd"; null when it is no hex number. */
export function normalSerial(text: string): string | null {
  const digits = text
    .toLowerCase()
    .replace(/^0x/, "")
    .replaceAll(/[\s:-]/g, "");
  if (!/^[0-9a-f]{1,64}$/.test(digits)) return null;
  return (digits.length % 2 === 0 ? digits : `0${digits}`).replaceAll(/(..)(?=.)/g, "$1:");
}

const isVerb = (word: string): word is Verb => Object.hasOwn(usage, word);

function expiring(rest: string[]): Query | Refusal {
  // "30 d" and "20 %" are one amount in two words.
  const text = rest.join("").toLowerCase();
  if (text === "") return { kind: "expiring", window: null };
  const window = parseWindow(text);
  if (window !== null) return { kind: "expiring", window };
  const bare = /^\d+(\.\d+)?$/.test(text) && parseWindow(`${text}d`) !== null;
  return refuse(
    "bad-window",
    `${rest.join(" ")} is no span of time.`,
    bare
      ? `Did you mean ${text}d (days), or ${text}% of the lifetime?`
      : "Say it as 30d, 12h, 90s, or as a share of the lifetime between 0% and 100%, such as 20%.",
  );
}

function serial(text: string): Query | Refusal {
  if (text === "") return missing("serial");
  const [start = "", ...endings] = text.split(/…|\.{2,}/);
  const [normal, ending] = [normalSerial(start), normalSerial(endings.join(""))];
  if (normal !== null && text === start) return { kind: "serial", serial: normal };
  if (normal !== null && (ending !== null || endings.join("") === "") && endings.length === 1) {
    if (isBeginning({ serial: normal })) return { kind: "serial", serial: normal, ...(ending !== null && { ending }) };
    return refuse(
      "bad-serial",
      `${text} could be many serials.`,
      `Give at least its first ${enoughBytes} bytes: 3e:0f:9a:11… or 3e:0f:9a:11…7d:2e.`,
    );
  }
  return refuse(
    "bad-serial",
    `${text} is no serial number.`,
    "A serial is hexadecimal, with or without colons: 3E:0F:9A or 3e0f9a.",
  );
}

function unknownVerb(typed: string): Refusal {
  const meant = nearest(typed, Object.keys(usage));
  return refuse(
    "unknown-query",
    typed === "" ? "No question was asked." : `${typed} is no question that can be answered.`,
    meant !== null && isVerb(meant)
      ? `Did you mean: ${usage[meant]}?`
      : `Ask one of: ${Object.values(usage).join("; ")}.`,
  );
}

const missing = (verb: Verb) =>
  refuse("missing-argument", `${verb} needs to know what to look for.`, `Write: ${usage[verb]}`);

const tooMuch = (verb: Verb, rest: string[]) =>
  refuse("too-many-arguments", `${verb} does not know what to do with ${rest.join(" ")}.`, `Write: ${usage[verb]}`);
