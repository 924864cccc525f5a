/** Where a scheduler runs an instance, or ran it last. */
export interface Placement {
  instance: string;
  /** null: none is known. */
  allocation: Allocation | null;
  /** Why there is no place for it now, as the scheduler's last attempt found; null: there is, or it did not say. */
  noPlace: string | null;
}

/** What a scheduler says of one instance, also that its job has none of that name; or why it could not be asked. */
export type Placed = Placement | "not of the job" | { unknown: string };

/** https://developer.hashicorp.com/nomad/api-docs/allocations, as far as it tells why something does not run. */
export interface Allocation {
  id: string;
  desired: { status: string; description: string };
  client: { status: string; description: string };
  /** `status` null: Nomad no longer knows it. */
  node: { name: string; status: string | null };
  tasks: Task[];
}

export interface Task {
  name: string;
  state: string;
  failed: boolean;
  /** The latest ones, oldest first. */
  events: TaskEvent[];
}

export interface TaskEvent {
  at: number;
  type: string;
  message: string;
}

/** Why an instance does not run, as far as that is known; null: it runs, or nothing schedules it. */
export function whyAway(placed: Placed | null): string | null {
  if (placed === null) return null;
  if (placed === "not of the job") return "Nomad's job has no instance of that name any more.";
  return "unknown" in placed ? null : whyNotRunning(placed);
}

/** Why a scheduler could not be asked; null: it was, or there is none. */
export function whyUnasked(placed: Placed | null): string | null {
  return placed !== null && typeof placed === "object" && "unknown" in placed ? placed.unknown : null;
}

/**
 * Why an instance does not run, in one sentence or two; null: as far as its scheduler knows, it runs. The farthest cause
 * comes first: where a node is down, nothing that is said of a task there is news.
 */
function whyNotRunning({ allocation, noPlace }: Placement): string | null {
  const placed = noPlace === null ? "" : ` Nomad has no other place for it: ${noPlace}.`;
  if (allocation === null)
    return noPlace === null ? "Nomad has not placed it." : `Nomad has no place for it: ${noPlace}.`;
  const { desired, client, node, tasks } = allocation;
  const its = `Its allocation ${idInShort(allocation)} on ${node.name}`;
  if (node.status === null) return `Its node ${node.name} is gone: Nomad no longer knows it.${placed}`;
  if (node.status !== "ready")
    return `Its node ${node.name} is ${node.status}: Nomad does not hear from the client there.${placed}`;
  if (client.status === "failed") return `${its} failed${because(tasks)}.${placed}`;
  if (desired.status !== "run" || client.status === "complete") {
    const why = desired.description ? ` (${desired.description})` : "";
    return `${its} was stopped${why}.${placed || " No other runs in its place yet."}`;
  }
  const blocked = tasks.find(({ state }) => state === "pending");
  if (blocked !== undefined) return `${its} has not started: ${stuckAt(blocked)}.`;
  const dead = tasks.find(({ state }) => state === "dead");
  if (dead !== undefined) return `${its} does not run${because([dead])}.`;
  return client.status === "running" ? null : `${its} is ${client.status}.`;
}

/** When its scheduler told a running task that its files were rendered anew. */
export function renderedAt({ tasks }: Allocation): number[] {
  return tasks
    .flatMap(({ events }) => events)
    .filter(({ message }) => /re-rendered/i.test(message))
    .map(({ at }) => at);
}

/** As Nomad's own commands show it. */
export const idInShort = ({ id }: Pick<Allocation, "id">): string => id.slice(0, 8);

/** What a task that has not begun waits for. */
function stuckAt({ name, events }: Task): string {
  const last = events.at(-1);
  if (last === undefined) return `its task ${name} waits`;
  const missing = /^Missing: (?:vault\.\w+\(([^ )]+).*\)|(.+))$/s.exec(last.message);
  if (missing?.[1] !== undefined) return `its template waits for Vault (${missing[1]})`;
  if (missing?.[2] !== undefined) return `its template waits for ${inOneLine(missing[2])}`;
  return inOneLine(last.message);
}

/** They follow from what was told before them. */
const idle = new Set([
  "Alloc Unhealthy",
  "Killed",
  "Not Restarting",
  "Received",
  "Restarting",
  "Started",
  "Task Setup",
]);

/** The event that says most of why a task ended. */
function because(tasks: Task[]): string {
  const events = tasks.filter(({ failed, state }) => failed || state === "dead").flatMap(({ events: its }) => its);
  const telling = events.findLast(({ type, message }) => !idle.has(type) && !message.startsWith("Sent interrupt"));
  return telling === undefined ? "" : `: ${inOneLine(telling.message)}`;
}

const longest = 200;

/** Of an error wrapped in errors, the last line is what happened. */
function inOneLine(text: string): string {
  const lines = text.split("\n").map((line) => line.replace(/^[\s*]+/, "").trim());
  const said = lines.findLast((line) => line !== "") ?? "";
  return said.length > longest ? `${said.slice(0, longest - 1)}…` : said.replace(/\.$/, "");
}
