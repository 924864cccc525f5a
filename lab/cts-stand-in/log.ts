export type Log = (level: "INFO" | "WARN" | "ERROR", line: string) => void;

/** To stderr, in the form of CTS's own lines. */
export const log: Log = (level, line) => {
  console.error(`${new Date().toISOString()} ${`[${level}]`.padEnd(7)} ${line}`);
};
