import { approversMissing } from "../domain/approval.ts";
import { about, type Request } from "../domain/request.ts";
import type { Decided } from "../operations/decide-request.ts";
import type { Enrolled } from "../operations/passkeys/enrol-passkey.ts";
import type { Ended } from "./wire.ts";

// What the page says at its end. What it says of a plan are the words of Slack's message.

export function decidedWords({ request, changed }: Decided): Ended {
  if (!changed) {
    const by = request.decidedBy === null ? "" : ` by ${request.decidedBy}`;
    return {
      title: "Decided before",
      said: `${request.id} is ${request.state} already${by}. You changed nothing.`,
      code: null,
    };
  }
  if (request.state === "pending") return { title: "Your approval counts", said: waitingFor(request), code: null };
  const alone = request.review !== null;
  return {
    title: alone ? "Let through" : "Approved",
    said: `certops ${about(request).does} now${alone ? ", and somebody else reviews it" : ""}. What comes of it stands in Slack; you may close this page.`,
    code: null,
  };
}

function waitingFor(request: Request): string {
  const missing = approversMissing(request);
  return `${request.id} takes ${missing} more ${missing === 1 ? "person" : "people"}. You may close this page.`;
}

export function enrolledWords({ code, request }: Enrolled): Ended {
  if (request === null) {
    return { title: "Passkey enrolled", said: "It confirms approvals from now on. You may close this page.", code };
  }
  return {
    title: "Passkey made, and waiting",
    said: `Others approve it in Slack (${request.id}). They will ask you, in another way than Slack, for this code:`,
    code,
  };
}
