import express, { type Response, Router } from "express";
import { z } from "zod";
import { BOT, CHANNELS, GROUPS, PEOPLE, TEAM } from "../directory.ts";
import type { SocketMode } from "../delivery/socket-mode.ts";
import { faultKinds } from "../faults.ts";
import { bearerToken, sameSecret } from "../signing.ts";
import { click } from "./click.ts";
import { runCommand } from "./command.ts";
import { streamEvents } from "./events.ts";
import { close, submit } from "./modal.ts";
import { openHome, speak } from "./speak.ts";
import { type Done, isMistake, type Mistake, mistake, type Stage } from "./stage.ts";
import { suggest } from "./suggest.ts";
import { verifyUrl } from "./verify-url.ts";

const user = z.string();
const channel = z.string();
const choice = z.union([z.string(), z.array(z.string()), z.looseObject({ value: z.string() }), z.null()]);

const actSchema = z.object({
  user,
  channel: channel.optional(),
  ts: z.string().optional(),
  view_id: z.string().optional(),
  action_id: z.string(),
  block_id: z.string().optional(),
  value: choice.optional(),
  selected_option: choice.optional(),
});

const faultSchema = z.object({
  kind: z.enum(faultKinds),
  method: z.string().optional(),
  times: z.int().min(1).default(1),
  retryAfter: z.int().min(1).optional(),
  error: z.string().optional(),
});

interface Options {
  stage: Stage;
  socketMode: SocketMode;
  consoleToken: string;
}

/** What people do and see, for the console and for tests: everything under `/workspace`. */
export function humanRoutes({ stage, socketMode, consoleToken }: Options): Router {
  const { workspace } = stage;
  const { feed, messages, views } = workspace;
  const router = Router();

  router.use((request, response, next) => {
    if (sameSecret(bearerToken(request.headers.authorization) ?? "", consoleToken)) return next();
    const hint = "Send `authorization: Bearer …` with the console token of the lab.";
    response.status(401).json(mistake("NOT_ALLOWED", "Only the lab's console may act for people.", hint));
  });
  router.use(express.json({ type: () => true, limit: "256kb" }));

  const get = (
    path: string,
    schema: z.ZodType<Record<string, string | undefined>>,
    read: (query: Record<string, string | undefined>) => object,
  ): void => {
    router.get(path, (request, response) => {
      const query = schema.safeParse(request.query);
      response.status(query.success ? 200 : 400).json(query.success ? read(query.data) : misread(query.error));
    });
  };
  const post = <T extends z.ZodType>(
    path: string,
    schema: T,
    act: (body: z.infer<T>) => Promise<Done | Mistake>,
  ): void => {
    router.post(path, async (request, response) => {
      const body = schema.safeParse(request.body ?? {});
      reply(response, body.success ? await act(body.data) : misread(body.error));
    });
  };

  get("/", z.object({}), () => ({
    team: TEAM,
    channels: CHANNELS,
    people: PEOPLE,
    groups: GROUPS,
    bot: BOT,
    commands: [...workspace.manifest.commands],
    standIn: true,
  }));
  get("/messages", z.object({ channel, as: z.string().optional() }), (query) => ({
    messages: messages.seenBy(query["channel"] ?? "", query["as"]),
  }));
  get("/views", z.object({ user }), (query) => ({ views: views.stack(query["user"] ?? "") }));
  get("/home", z.object({ user }), (query) => ({ view: views.home(query["user"] ?? "") ?? null }));
  get("/deliveries", z.object({}), () => ({ deliveries: feed.deliveries }));
  get("/sockets", z.object({}), () => ({ open: socketMode.open }));
  get("/calls", z.object({}), () => ({ calls: feed.calls }));
  router.get("/files/:id", (request, response) => {
    const file = workspace.files.find(request.params.id);
    if (file === undefined) reply(response, NO_FILE);
    else response.type(file.type).send(file.bytes);
  });
  router.get("/events", (request, response) => streamEvents(feed, request, response));

  post("/command", z.object({ user, channel, text: z.string() }), (typed) => runCommand(typed, stage));
  post("/click", actSchema, async (act) => {
    const place = placeOf(act);
    return place ? click({ ...act, place, choice: act.value ?? act.selected_option ?? null }, stage) : NO_PLACE;
  });
  post("/suggest", actSchema, async (act) => {
    const place = placeOf(act);
    const typed = typeof act.value === "string" ? act.value : "";
    return place ? suggest({ ...act, place, typed }, stage) : NO_PLACE;
  });
  post("/message", z.object({ user, channel, text: z.string().min(1), thread_ts: z.string().optional() }), (said) =>
    speak(said, stage),
  );
  post(
    "/submit",
    z.object({ user, view_id: z.string(), values: z.record(z.string(), z.record(z.string(), choice)).default({}) }),
    (given) => submit(given, stage),
  );
  post("/close", z.object({ user, view_id: z.string(), all: z.boolean().default(false) }), (given) =>
    close(given, stage),
  );
  post("/home", z.object({ user }), (given) => openHome(given.user, stage));
  post("/verify-url", z.object({}), () => verifyUrl(stage));
  post("/socket-refresh", z.object({}), async () => {
    socketMode.refresh();
    return { ok: true };
  });
  post("/fault", faultSchema, async (fault) => {
    workspace.faults.add(fault);
    return { ok: true };
  });
  return router;
}

const NO_FILE = mistake("NO_FILE", "There is no such file.", "Files are gone when the stand-in starts again.");

const NO_PLACE = mistake("NO_PLACE", "The act has no place.", "Send `channel` and `ts` of a message, or a `view_id`.");

function placeOf({
  channel: place,
  ts,
  view_id,
}: z.infer<typeof actSchema>): Parameters<typeof click>[0]["place"] | null {
  if (view_id !== undefined) return { view_id };
  return place !== undefined && ts !== undefined ? { channel: place, ts } : null;
}

function reply(response: Response, result: Done | Mistake): void {
  response.status(isMistake(result) ? 400 : 200).json(result);
}

function misread(error: z.ZodError): Mistake {
  return mistake("BAD_REQUEST", "The request is not understood.", z.prettifyError(error));
}
