import { LogLevel } from "@slack/bolt";
import type { Logger as BoltLogger } from "@slack/bolt";
import { pino } from "pino";
import type { DestinationStream, Logger, LoggerOptions } from "pino";

export type { Logger };

const secrets = ["token", "botToken", "appToken", "signingSecret", "headers"];

/** JSON lines on stdout. Of an error only what is known to hold no secret is written: clients hang requests and tokens on theirs. */
export function createLog(destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    base: null,
    timestamp: () => `,"at":"${new Date().toISOString()}"`,
    formatters: { level: (level) => ({ level }) },
    serializers: { err: (error: unknown) => withoutSecrets(error) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`]), censor: "[redacted]" },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

/** Bolt and its clients log through ours. Their debug lines carry whole bodies, so they are dropped. */
export function boltLogger(log: Logger): BoltLogger {
  const line = (parts: unknown[]) =>
    parts.map((part) => (part instanceof Error ? part.message : String(part))).join(" ");
  return {
    debug: () => {},
    info: () => {},
    warn: (...parts) => log.warn(line(parts)),
    error: (...parts) => log.error(line(parts)),
    setLevel: () => {},
    getLevel: () => LogLevel.WARN,
    setName: () => {},
  };
}

function withoutSecrets(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    ...pick(error, "code"),
    ...pick(error, "hint"),
    ...(depth === 0 && { stack }),
    ...(cause !== undefined && depth < 4 && { cause: withoutSecrets(cause, depth + 1) }),
  };
}

function pick(from: object, key: string): Record<string, string> {
  const value: unknown = Reflect.get(from, key);
  return typeof value === "string" ? { [key]: value } : {};
}
