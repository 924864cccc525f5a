import { type Response, Router } from "express";
import { Problem } from "../../vault-config/problem.ts";
import { caseNames } from "../cases/report.ts";
import type { ConsoleControl } from "../control.ts";
import type { Feed } from "./feed.ts";

export type LabControl = Pick<ConsoleControl, "status" | "traffic" | "runCase" | "rotateMeshRoot">;

interface Needs {
  control: LabControl;
  feed: Feed;
  rotate: (service: string) => Promise<void>;
}

/** The lab's side of the page: the feed twice a second, the seven cases, Rotate now, and another root for the mesh. */
export function labRoutes({ control, feed, rotate }: Needs): Router {
  const router = Router();
  router.get("/api/feed", (_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    send(response, "history", feed.history());
    response.once(
      "close",
      feed.subscribe((frame) => send(response, "frame", frame)),
    );
  });
  router.post("/api/cases/:name", async (request, response) => {
    const name = caseNames.find((known) => known === request.params.name);
    if (!name)
      throw new Problem(
        "UNKNOWN_CASE",
        `There is no case "${request.params.name}".`,
        `Cases: ${caseNames.join(", ")}.`,
      );
    response.json(await control.runCase(name));
  });
  router.post("/api/rotate/:service", async (request, response) => {
    await rotate(request.params.service);
    response.json({ ok: true });
  });
  router.post("/api/mesh/rotate-root", async (_request, response) => {
    await control.rotateMeshRoot();
    response.json({ ok: true });
  });
  return router;
}

function send(response: Response, event: string, data: unknown): void {
  response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
