import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { z } from "zod";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import { jsonOrNull } from "../domain/json.ts";
import { type ConfirmNeeds, confirmDecision } from "../operations/passkeys/confirm-decision.ts";
import { enrolPasskey, type EnrolNeeds } from "../operations/passkeys/enrol-passkey.ts";
import { openLink } from "../operations/passkeys/open-link.ts";
import { draw } from "../slack/views/request.ts";
import { pageFile } from "./page-files.ts";
import { spoken } from "./spoken.ts";
import type { Answer, Ended, Seen } from "./wire.ts";
import { decidedWords, enrolledWords } from "./words.ts";

export interface PageNeeds extends ConfirmNeeds, EnrolNeeds {
  requests: ConfirmNeeds["requests"] & EnrolNeeds["requests"];
  /** Work that a stop waits for. */
  track: <T>(work: Promise<T>) => Promise<T>;
  /** What broke; nothing of it goes to the page. */
  onProblem: (error: unknown) => void;
}

const asked = z.object({ token: z.string().max(100), response: z.unknown().optional() });
const longestBody = 64_000;

/** /passkey: where a passkey confirms a decision, and where one is made. */
export function passkeyPages(needs: PageNeeds): RequestListener {
  return (request, response) => {
    needs.track(answer(needs, request, response)).catch((error: unknown) => {
      needs.onProblem(error);
      const broke = refuse("unexpected", "Something broke inside certops.", "Its log has the details; try again.");
      send(response, 500, "application/json", JSON.stringify(told(broke)));
    });
  };
}

async function answer(needs: PageNeeds, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "").split(/[?#]/)[0]?.slice("/passkey".length) ?? "";
  harden(response);
  if (request.method === "POST" && path in acts) {
    const done = (await objectTo(needs, request)) ?? (await act(needs, path as keyof typeof acts, request));
    return send(
      response,
      200,
      "application/json",
      JSON.stringify(isRefusal(done) ? told(done) : { ok: true, ...done }),
    );
  }
  if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "text/plain", "only GET\n");
  const file = await pageFile(path);
  if (file === null) return send(response, 404, "text/plain", "there is no such page\n");
  if (file.policy !== undefined) response.setHeader("content-security-policy", file.policy);
  return send(response, 200, `${file.type}; charset=utf-8`, file.body);
}

/** Browsers say from which page a call comes, and no page can say otherwise: of others it is refused. */
async function objectTo({ passkeys }: PageNeeds, { headers }: IncomingMessage): Promise<Refusal | null> {
  const { origin } = passkeys.policy;
  if (origin === null || headers.origin !== origin) {
    return refuse(
      "wrong-origin",
      `This page is at ${headers.origin ?? "an address your browser does not tell"}; certops asks for passkeys at ${origin ?? "no address"} alone.`,
      "Open the link as Slack showed it.",
    );
  }
  if (/^application\/json\b/.test(headers["content-type"] ?? "")) return null;
  return notUnderstood;
}

const notUnderstood = refuse("not-understood", "The page sent something that is not understood.", "Reload it.");

type Act = (needs: PageNeeds, body: { token: string; response: unknown }) => Promise<Seen | Ended | Refusal>;

const acts = {
  "/v1/open": async (needs, { token }) => {
    const opened = await openLink(needs, token);
    if (isRefusal(opened)) return opened;
    const { link, options } = opened;
    const common = { user: link.user, until: link.expiresAt, options };
    if (!("request" in opened)) return { ...common, purpose: "enrol", first: opened.first };
    const { id, planHash } = opened.request;
    const { verdict, reason } = opened.link;
    const plan = planHash.slice(0, 12);
    return { ...common, purpose: "decide", verdict, reason, request: id, plan, parts: parts(opened) };
  },
  "/v1/confirm": async (needs, asks) => {
    const decided = await confirmDecision(needs, asks);
    return isRefusal(decided) ? decided : decidedWords(decided);
  },
  "/v1/enrol": async (needs, asks) => {
    const enrolled = await enrolPasskey(needs, asks);
    return isRefusal(enrolled) ? enrolled : enrolledWords(enrolled);
  },
} as const satisfies Record<string, Act>;

async function act(needs: PageNeeds, path: keyof typeof acts, request: IncomingMessage) {
  const body = asked.safeParse(await json(request));
  return body.success ? acts[path](needs, { token: body.data.token, response: body.data.response }) : notUnderstood;
}

/** Title, sentences and plan, as Slack's message has them. */
function parts({ request }: { request: Parameters<typeof draw>[0] }) {
  const { title, said, proposal } = draw(request);
  return [
    { kind: "title" as const, lines: [{ quoted: false, runs: [{ text: title, as: "plain" as const }] }] },
    ...spoken([{ type: "section", text: { type: "mrkdwn", text: said } }, ...proposal]),
  ];
}

/** null where it is none, or too long to be one of the page's. */
async function json(request: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of request.setEncoding("utf8")) {
    text += String(chunk);
    if (text.length > longestBody) return null;
  }
  return jsonOrNull(text);
}

const told = ({ code, message, hint }: Refusal): Answer<never> => ({ ok: false, code, message, hint });

function harden(response: ServerResponse): void {
  const headers = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  if (!response.headersSent) response.writeHead(status, { "content-type": type }).end(body);
}
