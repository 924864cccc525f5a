import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { request } from "undici";
import { Problem } from "../../vault-config/problem.ts";
import type { LabControl } from "../../lab/console/lab-routes.ts";
import { startConsole } from "../../lab/console/server.ts";
import type { LabStatus } from "../../lab/status.ts";

export const CONSOLE_TOKEN = "the-bearer-token-of-the-console";

interface Asked {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** A server where the Slack stand-in would be, that remembers what it was asked. */
async function recorder() {
  const asked: Asked[] = [];
  const app = express();
  app.use(express.text({ type: () => true }), (incoming, _response, next) => {
    const { method, url, headers, body } = incoming;
    asked.push({ method, url, headers, body });
    next();
  });
  app.get("/workspace/events", (_incoming, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write('data: {"type":"first"}\n\n');
  });
  app.use((_incoming, response) => void response.json({ ok: true }));
  const server = createServer(app).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    asked,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** A lab of the default profile in which nothing runs yet. */
export const quietStatus: LabStatus = {
  ready: true,
  startedAt: 0,
  urls: { vault: "", bot: "", slack: "", console: "" },
  profile: ["default"],
  children: [],
  instances: [],
  bot: { ready: true, renewals: 0, frozen: [] },
  slack: "stand-in",
  consul: null,
  nomad: null,
  mesh: null,
  firewall: null,
  problems: [],
};

const control: LabControl = {
  status: async () => quietStatus,
  traffic: async () => ({ at: Date.now(), ok: 0, failed: 0, causes: {}, rotations: 0, sources: [] }),
  runCase: async () => {
    throw new Problem("LAB_BUSY", "The lab is busy with a renewal.", "Try again when it is done.");
  },
  rotateMeshRoot: async () => {
    throw new Problem("NO_MESH", "This lab has no mesh.", "Start one with --connect.");
  },
};

interface Sent {
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: string;
}

/** A console before a recorder. Disposing stops both. */
export async function consoleFixture() {
  await using stack = new AsyncDisposableStack();
  const standIn = stack.use(await recorder());
  const state = {
    urls: { slack: standIn.url },
    slack: { consoleToken: CONSOLE_TOKEN, channel: { id: "C0CERTS", name: "certificates" } },
  };
  const page = stack.use(await startConsole({ port: 0, control, state }));
  const { port } = new URL(page.url);
  const owned = stack.move();
  return {
    url: page.url,
    origin: page.url,
    port: Number(port),
    standIn,
    /** As sent: Host too, which a browser's fetch would not let us choose. */
    async send(path: string, { method = "GET", headers = {}, body }: Sent = {}) {
      const answer = await request(`http://127.0.0.1:${port}${path}`, {
        method,
        headers: { host: `localhost:${port}`, ...headers },
        body: body ?? null,
      });
      return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** The token that the page was given, as its script reads it. */
export function tokenOf(html: string): string {
  return /name="console-token" content="([^"]+)"/.exec(html)?.[1] ?? "";
}
