import { request } from "undici";
import type { CallProbe, CallSeen } from "../domain/mesh.ts";
import { Failure } from "../errors.ts";
import type { Calls } from "../operations/ports.ts";

/** Where the instances of a service that carry the tag listen. Throws the Failure of a catalog that does not answer. */
export type FindInstances = (service: string, tag: string) => Promise<{ host: string; port: number }[]>;

/** A page tells what came of its call by a line of its own, such as `Outcome: refused`, or else by its status. */
const outcomeLine = /^Outcome: (\w+)/m;

/** Fetches pages that make a call. */
export function callPages(find: FindInstances): Calls {
  return async (probe, deadlineMs) => {
    try {
      const { statusCode, body } = await request(await urlOf(probe, find), {
        signal: AbortSignal.timeout(deadlineMs),
        // The next look may go to another instance, and must not wait for this one's connection.
        reset: true,
      });
      return seen(statusCode, await body.text());
    } catch (error) {
      return { outcome: "unknown", why: whyNot(error, probe) };
    }
  };
}

async function urlOf(probe: CallProbe, find: FindInstances): Promise<string> {
  if ("url" in probe) return probe.url;
  const { source, tag, path } = probe;
  const [instance] = await find(source, tag);
  if (instance) return `http://${instance.host}:${instance.port}${path}`;
  throw new Failure("not-listed", `Consul lists no instance of ${source} with the tag ${tag}.`, "See whether it runs.");
}

function seen(status: number, text: string): CallSeen {
  const said = outcomeLine.exec(text)?.[1] ?? (status < 300 ? "answered" : "refused");
  if (said === "answered" || said === "refused") return { outcome: said, why: null };
  return { outcome: "unknown", why: `its page says ${text.slice(0, 100).trim()}` };
}

function whyNot(error: unknown, { source }: CallProbe): string {
  if (error instanceof Failure) return error.message;
  const late = error instanceof Error && error.name === "TimeoutError";
  return `the page of ${source} that makes the call ${late ? "did not answer in time" : "cannot be reached"}.`;
}
