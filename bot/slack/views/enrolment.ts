import type { EnrolmentRequest } from "../../domain/enrolment.ts";
import { passkeyCode } from "../../domain/passkey.ts";
import { divider, fields, section } from "./blocks.ts";
import { askAgain, askedBy, decidedBy, denied, type Drawn, expired, moved, problemOf, withdrawn } from "./decision.ts";
import { code, list, person, plain } from "./words.ts";

/** That somebody wants to enrol a passkey: whose, and the code by which others make sure that it is theirs. */
export function drawEnrolment(request: EnrolmentRequest): Drawn {
  const { plan, evidence } = request;
  const own = code(passkeyCode(plan));
  return {
    ...looks(request),
    proposal: [
      divider,
      fields([
        ["Whose", person(plan.user)],
        ["Passkey", own],
        ["Made for", code(plan.rpId)],
        ["They have", evidence.others.length === 0 ? "none yet" : list(evidence.others)],
      ]),
      section(
        `⚠️ Ask ${person(plan.user)} *in another way than Slack* which code they were shown: ${own}. Whoever holds this passkey approves in their name.`,
      ),
    ],
    inShort: `passkey ${own} of ${person(plan.user)}`,
    receipt: [],
  };
}

function looks(request: EnrolmentRequest): { title: string; said: string } {
  const { plan, state } = request;
  const [asked, decided] = [askedBy(request), decidedBy(request)];
  const passkey = `passkey ${code(passkeyCode(plan))}`;
  const whose = person(plan.user);
  switch (state) {
    case "pending":
      return { title: "🔑 Enrol a passkey?", said: `${whose} asks to enrol ${passkey}\n>${plain(request.reason)}` };
    case "approved":
      return { title: "⏳ Enrolling a passkey", said: `Approved ${decided}\n${asked}` };
    case "enrolled":
      return {
        title: "🔑 Passkey enrolled",
        said: `${whose} confirms approvals with ${passkey} from now on.\nApproved ${decided}\n${asked}`,
      };
    case "denied":
      return { title: "✋ Passkey not enrolled", said: denied(request) };
    case "withdrawn":
      return { title: "↩️ Passkey not enrolled", said: withdrawn(request) };
    case "expired":
      return { title: "⌛ Passkey not enrolled", said: expired(request) };
    case "failed":
      return {
        title: "❌ Passkey not enrolled",
        said: `It did not come to its end.${problemOf(request)}\nApproved ${decided}\n${asked}\n${askAgain(request)}`,
      };
    case "void":
      return { title: "🚫 Passkey not enrolled", said: moved(request, "It no longer is what was") };
  }
}
