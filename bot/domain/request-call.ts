import type { Request } from "./request.ts";

/** Somebody is called to a request: a message that is drawn again reaches nobody's attention. */
export interface RequestCall {
  type: "request-call";
  call: "reminded" | "escalated" | "handed-over" | "break-glass" | "review-due" | "reviewed";
  request: string;
}

/** Whether there is still something to call for. */
export function stillCalls({ call }: RequestCall, { state, review }: Request): boolean {
  switch (call) {
    case "reminded":
    case "escalated":
    case "handed-over":
      return state === "pending";
    case "review-due":
      return review?.by === null;
    case "break-glass":
    case "reviewed":
      return true;
  }
}
