export interface Person {
  /** Such as `U0ANA`. */
  id: string;
  name: string;
  real_name: string;
  /** An IANA time zone. */
  tz: string;
  /** Ids of the user groups this person is in. */
  groups: string[];
  /** Six hex digits, for the avatar. */
  color: string;
  guest: boolean;
}

export interface Channel {
  id: string;
  name: string;
  /** Whether the bot was invited: it may post and read only where it is a member. */
  botIsMember: boolean;
}

export const TEAM = { id: "T0LAB", domain: "certops-lab", name: "certops lab" } as const;
export const APP_ID = "A0CERTOPS";
export const BOT = { user: "U0CERTOPS", id: "B0CERTOPS", name: "certops" } as const;
export const SLACKBOT = "USLACKBOT";

export const GROUPS = [
  {
    id: "S0PLATFORM",
    handle: "platform-approvers",
    name: "Platform approvers",
    description: "May approve renewals of service certificates",
  },
] as const;

export const PEOPLE: readonly Person[] = [
  { id: "U0ANA", name: "ana", real_name: "Ana Ortiz", tz: "Europe/Madrid", groups: [], color: "d1495b", guest: false },
  {
    id: "U0BEN",
    name: "ben",
    real_name: "Ben Okafor",
    tz: "Europe/London",
    groups: ["S0PLATFORM"],
    color: "2a7f9e",
    guest: false,
  },
  {
    id: "U0CHEN",
    name: "chen",
    real_name: "Chen Wei",
    tz: "Asia/Singapore",
    groups: ["S0PLATFORM"],
    color: "5b8c3a",
    guest: false,
  },
  {
    id: "U0DANA",
    name: "dana",
    real_name: "Dana Fox",
    tz: "America/New_York",
    groups: [],
    color: "8a5fbf",
    guest: true,
  },
];

export const CHANNELS: readonly Channel[] = [
  { id: "C0CERTS", name: "certificates", botIsMember: true },
  { id: "C0GENERAL", name: "general", botIsMember: false },
];

export function person(id: string): Person | undefined {
  return PEOPLE.find((one) => one.id === id);
}

export function channel(id: string): Channel | undefined {
  return CHANNELS.find((one) => one.id === id);
}

/** The direct conversation of a person with the bot. */
export function directChannel(user: string): string {
  return `D${user.slice(1)}`;
}

/** Whose direct conversation with the bot this is. */
export function directPeer(channelId: string): Person | undefined {
  return PEOPLE.find(({ id }) => directChannel(id) === channelId);
}

export function membersOf(group: string): string[] {
  return PEOPLE.filter(({ groups }) => groups.includes(group)).map(({ id }) => id);
}

/** Seconds east of UTC in a zone at a moment, as Slack's `tz_offset`. */
export function zoneOffset(timeZone: string, at: number): number {
  const parts = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" }).formatToParts(at);
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "GMT";
  const [, sign, hours, minutes] = /GMT([+-])(\d{2}):(\d{2})/.exec(name) ?? [];
  return (sign === "-" ? -1 : 1) * (Number(hours ?? 0) * 3600 + Number(minutes ?? 0) * 60);
}
