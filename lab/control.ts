import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { chmod } from "node:fs/promises";
import { Problem } from "../vault-config/problem.ts";
import { type CaseName, type CaseReport, caseNames } from "./cases/report.ts";
import { nearest } from "./nearest.ts";
import type { LabStatus } from "./status.ts";
import { type ChangeModesReport, knownStep, type StepName } from "./steps/report.ts";
import { asProblem } from "./terminal.ts";
import type { TrafficSample } from "./traffic-count.ts";

/** What the console may ask of the lab. */
export interface ConsoleControl {
  status(): Promise<LabStatus>;
  traffic(): Promise<TrafficSample>;
  /** Refuses with a `Problem` while another case or a renewal runs. */
  runCase(name: CaseName): Promise<CaseReport>;
  /** Plays a step of the workshop and leaves the lab as it was; refuses with a `Problem` where the lab lacks what it needs. */
  runStep(name: StepName): Promise<ChangeModesReport>;
  /** Writes a new generation for every instance of the service. */
  rotate(service: string): Promise<void>;
  /** Gives the mesh a new root, beside which the old one is trusted for a while; refuses with a `Problem` where there is no mesh. */
  rotateMeshRoot(): Promise<void>;
  /** Has an instance behind the router serve at another address of its host; refuses with a `Problem` where there is no firewall. */
  moveInstance(instance: string): Promise<void>;
}

/** Serves the lab's control on a unix socket that only its owner can open: the commands of another terminal come in here. */
export async function startControl(options: {
  socket: string;
  control: ConsoleControl;
  onReset: () => void;
}): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    answer(request, options).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const { code, message, hint } = asProblem(error);
        send(response, error instanceof Problem ? 409 : 500, { code, message, hint });
      },
    );
  });
  server.listen(options.socket);
  await once(server, "listening");
  await chmod(options.socket, 0o600);
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function answer(
  { method, url = "/" }: IncomingMessage,
  { control, onReset }: { control: ConsoleControl; onReset: () => void },
): Promise<unknown> {
  const [, kind, name] = url.split("/").map(decodeURIComponent);
  switch (`${method} ${kind}`) {
    case "GET status":
      return control.status();
    case "GET traffic":
      return control.traffic();
    case "POST cases":
      return control.runCase(knownCase(name ?? ""));
    case "POST steps":
      return control.runStep(knownStep(name ?? ""));
    case "POST rotate":
      await control.rotate(name ?? "");
      return {};
    case "POST rotate-root":
      await control.rotateMeshRoot();
      return {};
    case "POST move":
      await control.moveInstance(name ?? "");
      return {};
    case "POST reset":
      setImmediate(onReset);
      return {};
    default:
      throw new Problem("UNKNOWN_REQUEST", `The lab does not know ${method} ${url}.`, "Use `npm run lab`.");
  }
}

/** Refuses a word that names no case, with the case most likely meant. */
export function knownCase(word: string): CaseName {
  const known = caseNames.find((name) => name === word);
  if (known !== undefined) return known;
  const guess = nearest(word, caseNames);
  const hint = guess === null ? `There are: ${caseNames.join(", ")}.` : `Did you mean "${guess}"?`;
  throw new Problem("UNKNOWN_CASE", `There is no case "${word}".`, hint);
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json", connection: "close" });
  response.end(JSON.stringify(body));
}
