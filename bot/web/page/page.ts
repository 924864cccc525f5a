import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
} from "@simplewebauthn/browser";
import type { Answer, Ended, Seen } from "../wire.ts";
import { drawPlan, element } from "./plan.ts";

// The token stands behind the #, which the browser sends to nobody: it goes to the bot in the body of a call alone.
const token = location.hash.slice(1);
const stage = byId("stage");
const status = byId("status");
const verdicts = { approve: "Approve", deny: "Deny", withdraw: "Withdraw", "break-glass": "Let through" };

await open();

async function open(): Promise<void> {
  const seen = await call<Seen>("open", {});
  if (!seen.ok) return refuse(seen);
  byId("who").textContent = `for @${seen.name}`;
  byId("who").title = seen.user;
  if (!browserSupportsWebAuthn()) {
    return refuse({
      code: "no-passkeys-here",
      message: "This browser knows no passkeys.",
      hint: "Open the link in another one. Nothing was decided.",
    });
  }
  const label = seen.purpose === "enrol" ? "Make a passkey" : `${verdicts[seen.verdict]} with your passkey`;
  const button = element("button", isAlone(seen) ? "alone" : "", label) as HTMLButtonElement;
  button.type = "button";
  button.addEventListener("click", () => void act(seen, button));
  const left = element("span", "left quiet");
  stage.replaceChildren(
    ...(seen.purpose === "enrol" ? drawEnrolment(seen) : drawDecision(seen)),
    element("footer", "", left, button),
  );
  button.focus();
  countDown(left, seen.until);
}

function isAlone(seen: Seen): boolean {
  return seen.purpose === "decide" && seen.verdict === "break-glass";
}

function drawDecision({ plan, parts, verdict, reason }: Extract<Seen, { purpose: "decide" }>): HTMLElement[] {
  const glass = verdict === "break-glass";
  const lead = element(
    "div",
    glass ? "lead alone" : "lead",
    element("h1", "", glass ? "Let it through alone, with your passkey" : "Confirm with your passkey"),
    element("p", "quiet", "Your passkey signs exactly this plan, ", element("code", "", plan), ", and nothing else."),
    ...(glass ? warnings(reason) : []),
  );
  return [lead, drawPlan(parts)];
}

function warnings(reason: string): HTMLElement[] {
  return [
    element(
      "p",
      "",
      "Nobody else has to approve it: all in the channel are told at once, and somebody else reviews it.",
    ),
    element("p", "", "Your reason, which all will read: ", element("strong", "", reason)),
  ];
}

function drawEnrolment({ name, first }: Extract<Seen, { purpose: "enrol" }>): HTMLElement[] {
  const said = first
    ? "It is the first of all: it counts at once, and the channel is told."
    : "Others approve it in Slack before it counts. They compare the code that you are shown next.";
  return [
    element("div", "lead", element("h1", "", "Make a passkey")),
    element(
      "section",
      "plan",
      element("h2", "", `A passkey for @${name}`),
      element("p", "", "With it you confirm what a policy does not let a click in Slack decide alone."),
      element("p", "", said),
      element("p", "quiet", "It stays on your device or key; certops keeps its public half."),
    ),
  ];
}

async function act(seen: Seen, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  say("Your browser asks for your passkey…");
  try {
    const response =
      seen.purpose === "enrol"
        ? await startRegistration({ optionsJSON: seen.options as PublicKeyCredentialCreationOptionsJSON })
        : await startAuthentication({ optionsJSON: seen.options as PublicKeyCredentialRequestOptionsJSON });
    say("Checking…");
    const ended = await call<Ended>(seen.purpose === "enrol" ? "enrol" : "confirm", { response });
    say("");
    if (ended.ok) end(ended);
    else refuse(ended);
  } catch (error) {
    say(stopped(error), true);
    button.disabled = false;
    button.focus();
  }
}

/** Why no passkey answered: the person is still here, and may try again. */
function stopped(error: unknown): string {
  const name = error instanceof Error ? error.name : "";
  if (name === "NotAllowedError" || name === "AbortError") {
    return "No passkey answered: you stopped it, or took too long. Nothing was done; try again.";
  }
  if (name === "InvalidStateError") return "That one holds a passkey of yours already. Use another one.";
  return "Your browser could not ask for a passkey. Nothing was done; try again, or use another browser.";
}

function end({ title, said, code }: Ended): void {
  const box = element("section", "end", element("div", "mark", "✓"), element("h1", "", title), element("p", "", said));
  if (code !== null) box.append(element("code", "code", code));
  show(box, title);
}

function refuse({ code, message, hint }: { code: string; message: string; hint: string }): void {
  const box = element("section", "end refused", element("div", "mark", "✕"), element("h1", "", message));
  box.append(element("p", "", hint), element("p", "quiet", element("code", "", code)));
  show(box, "Refused");
}

function show(box: HTMLElement, title: string): void {
  stage.replaceChildren(box);
  document.title = `certops: ${title}`;
  stage.focus();
}

function say(text: string, bad = false): void {
  status.textContent = text;
  status.className = bad ? "bad" : "";
}

function countDown(left: HTMLElement, until: number): void {
  const tick = () => {
    const seconds = Math.max(0, Math.round((until - Date.now()) / 1_000));
    left.textContent =
      seconds === 0
        ? "This link is over"
        : `This link is good for ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    left.classList.toggle("short", seconds < 60);
    if (seconds > 0 && left.isConnected) setTimeout(tick, 1_000);
  };
  tick();
}

async function call<T>(path: string, body: object): Promise<Answer<T>> {
  try {
    const response = await fetch(`/passkey/v1/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token, ...body }),
    });
    return (await response.json()) as Answer<T>;
  } catch {
    return {
      ok: false,
      code: "no-answer",
      message: "certops does not answer.",
      hint: "Reload this page in a moment: what is decided stands in Slack.",
    };
  }
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no #${id}`);
  return found;
}
