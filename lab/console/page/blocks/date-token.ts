type Style = Intl.DateTimeFormatOptions;

const DATES: Record<string, Style> = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
};

/** Slack's `<!date^…>` in the reader's time zone. `now` (epoch ms) decides what "today" is and how long {ago} was. */
export function formatDate(seconds: number, format: string, { zone, now }: { zone: string; now: number }): string {
  const at = seconds * 1000;
  const write = (style: Style) => new Intl.DateTimeFormat("en-GB", { ...style, timeZone: zone }).format(at);
  return format.replace(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === "time") return write({ hour: "2-digit", minute: "2-digit" });
    if (name === "time_secs") return write({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
    if (name === "ago") return ago(now - at);
    const style = DATES[name.replace(/_pretty$/, "")];
    if (!style) return whole;
    return (name.endsWith("_pretty") && nearDay(at, now, zone)) || write(style);
  });
}

function nearDay(at: number, now: number, zone: string): string | null {
  const day = (time: number) => new Intl.DateTimeFormat("en-CA", { timeZone: zone }).format(time);
  const between = Math.round((Date.parse(day(at)) - Date.parse(day(now))) / 86_400_000);
  return { "-1": "yesterday", "0": "today", "1": "tomorrow" }[String(between)] ?? null;
}

function ago(elapsedMs: number): string {
  const units: [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
    ["second", 1],
  ];
  const seconds = Math.round(elapsedMs / 1000);
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? (["second", 1] as const);
  return new Intl.RelativeTimeFormat("en", { numeric: "auto" }).format(-Math.trunc(seconds / size), unit);
}
