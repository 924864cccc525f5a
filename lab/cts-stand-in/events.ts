import { randomUUID } from "node:crypto";
import type { Task } from "./task.ts";

/** One run of a task, as the API tells it. */
export interface TaskEvent {
  id: string;
  success: boolean;
  start_time: string;
  end_time: string;
  task_name: string;
  error: { message: string } | null;
  config: { providers: string[]; services: string[]; source: string };
}

export type TaskStatus = "successful" | "errored" | "critical" | "unknown";

export const statuses = ["successful", "errored", "critical", "unknown"] as const;

const KEPT = 5;

/** Begins a run; what is returned ends it and gives the event. */
export function beginEvent({ name, module, providers }: Task): (error: unknown) => TaskEvent {
  const begun = new Date().toISOString();
  return (error) => ({
    id: randomUUID(),
    success: error === null,
    start_time: begun,
    end_time: new Date().toISOString(),
    task_name: name,
    error: error === null ? null : { message: messageOf(error) },
    config: { providers, services: [], source: module },
  });
}

/** The newest first, and no more than CTS keeps. */
export function withEvent(events: TaskEvent[], event: TaskEvent): TaskEvent[] {
  return [event, ...events].slice(0, KEPT);
}

/** By the newest, and critical when of those kept more than the newest has failed. */
export function statusOf(events: TaskEvent[]): TaskStatus {
  const [newest] = events;
  if (newest === undefined) return "unknown";
  if (newest.success) return "successful";
  return events.filter(({ success }) => !success).length > 1 ? "critical" : "errored";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
