import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { z } from "zod";
import { isRefusal, refuse, type Refusal } from "../domain/refusal.ts";
import type { Request } from "../domain/request.ts";
import { jsonOrNull } from "../domain/json.ts";
import { type ConfirmNeeds, confirmDecision } from "../operations/passkeys/confirm-decision.ts";
import { enrolPasskey, type EnrolNeeds } from "../operations/passkeys/enrol-passkey.ts";
import { openLink } from "../operations/passkeys/open-link.ts";
import type { NamesOf } from "../operations/ports.ts";
import { fields } from "../slack/views/blocks.ts";
import { draw } from "../slack/views/request.ts";
import { approvedAndMissing } from "../slack/views/standing-of.ts";
import { byName, idsIn, idsInSentence, sentenceByName } from "./names.ts";
import { pageFile } from "./page-files.ts";
import { inSigns } from "./signs.ts";
import { type Part, spoken } from "./spoken.ts";
import type { Answer, Ended, Seen } from "./wire.ts";
import { decidedWords, enrolledWords } from "./words.ts";

export interface PageNeeds extends ConfirmNeeds, EnrolNeeds {
  requests: ConfirmNeeds["requests"] & EnrolNeeds["requests"];
  namesOf: NamesOf;
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
      send(response, 500, "application/json", JSON.stringify(refused(broke)));
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
      JSON.stringify(isRefusal(done) ? await told(needs, done) : { ok: true, ...done }),
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
    const plan = "request" in opened ? planOf(opened.request, needs.clock()) : [];
    const names = await needs.namesOf([link.user, ...idsIn(plan)]);
    const { user } = link;
    const common = { user, name: names.get(user) ?? user, until: link.expiresAt, options };
    if (!("request" in opened)) return { ...common, purpose: "enrol", first: opened.first };
    const { id, planHash } = opened.request;
    const { verdict, reason } = opened.link;
    const parts = byName(plan, names);
    return { ...common, purpose: "decide", verdict, reason, request: id, plan: planHash.slice(0, 12), parts };
  },
  "/v1/confirm": async (needs, asks) => {
    const decided = await confirmDecision(needs, asks);
    return isRefusal(decided) ? decided : ended(needs, decidedWords(decided));
  },
  "/v1/enrol": async (needs, asks) => {
    const enrolled = await enrolPasskey(needs, asks);
    return isRefusal(enrolled) ? enrolled : ended(needs, enrolledWords(enrolled));
  },
} as const satisfies Record<string, Act>;

async function act(needs: PageNeeds, path: keyof typeof acts, request: IncomingMessage) {
  const body = asked.safeParse(await json(request));
  return body.success ? acts[path](needs, { token: body.data.token, response: body.data.response }) : notUnderstood;
}

/** Title, sentences, plan and who decides, as Slack's message has them. */
function planOf(request: Request, now: number): Part[] {
  const { title, said, proposal } = draw(request);
  const deciding = fields(approvedAndMissing(request, now));
  return [
    { kind: "title", lines: [{ quoted: false, runs: [{ text: inSigns(title), as: "plain" }] }] },
    ...spoken([{ type: "section", text: { type: "mrkdwn", text: said } }, ...proposal, deciding]),
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

const refused = ({ code, message, hint }: Refusal): Answer<never> => ({ ok: false, code, message, hint });

async function told({ namesOf }: PageNeeds, refusal: Refusal): Promise<Answer<never>> {
  const { message, hint } = refusal;
  const names = await namesOf(idsInSentence(`${message} ${hint}`));
  return refused({
    ...refusal,
    message: sentenceByName(message, names),
    hint: sentenceByName(hint, names),
  });
}

async function ended({ namesOf }: PageNeeds, words: Ended): Promise<Ended> {
  return { ...words, said: sentenceByName(words.said, await namesOf(idsInSentence(words.said))) };
}

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
