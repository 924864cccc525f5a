import { execFile } from "node:child_process";
import { relative } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import { health } from "../instances.ts";
import { HOST } from "../ports.ts";
import type { LabInstance, LabState } from "../state.ts";
import type { Child } from "../supervise.ts";
import { visit } from "../visit.ts";
import { putInPlace } from "./in-place.ts";
import { otherAuthority } from "./other-authority.ts";
import type { Stage } from "./script.ts";

/** What the lab lends to a case. */
export interface Props {
  state: LabState;
  /** A certificate of three seconds for the instance, as its agent would write it: key, leaf, chain. */
  issueShortLeaf(instance: LabInstance): Promise<string>;
  /** What renders its identity: its agent, or the client of Nomad's that it runs under. */
  rendererOf(instance: LabInstance): Child;
}

const ARRANGED_MS = 15_000;
/** Leaves of two minutes are renewed in their last sixth: with more left than that, a case is over before. */
const STILL_MS = 30_000;
const RENEWED_MS = 60_000;
const MOST_VISITS = 40;
const CURL_MS = 10_000;

export function createStage(props: Props): Stage {
  const { state } = props;
  const find = (name: string) => {
    const found = state.instances.find(({ instance }) => instance === name);
    if (found === undefined) throw new Error(`the lab has no instance ${name}`);
    return found;
  };

  /** Until undone, nobody renders another identity for it. */
  const holdStill = async (instance: LabInstance, undo: AsyncDisposableStack) => {
    const renderer = props.rendererOf(instance);
    const served = state.instances.filter((one) => props.rendererOf(one) === renderer);
    // A client of Nomad's renders for several, and none of them may need it meanwhile.
    if (served.length > 1)
      await eventually(`${renderer.name} to have renewed`, () => areFresh(served), AbortSignal.timeout(RENEWED_MS));
    undo.defer(() => renderer.resume());
    renderer.pause();
  };

  return {
    addressOf: find,
    async visit(name, path, { reaching, verify }) {
      const { host, port } = find(reaching);
      for (let turn = 0; turn < MOST_VISITS; turn += 1) {
        const text = await visit(find(name), path, verify ? state.files.root : null).catch((cause: unknown) => {
          throw new Problem("NOT_ANSWERED", `${name} does not answer.`, "npm run lab -- status", { cause });
        });
        // It calls the instances of the other service in turn, and says which one it called.
        if (text.includes(`${host}:${port}`)) return text.trim();
      }
      throw new Problem("NOT_CALLED", `${name} never called ${reaching}.`, "See that both run: npm run lab -- status");
    },
    curl: (args) => curl(args),
    async serveExpired(name, undo) {
      const instance = find(name);
      await holdStill(instance, undo);
      await putInPlace(instance, { identity: await props.issueShortLeaf(instance) }, undo);
      await eventually(
        `${name} to serve a certificate that has expired`,
        async () => ((await health(instance)).problem?.includes("expired") ? true : null),
        AbortSignal.timeout(ARRANGED_MS),
      );
    },
    async serveOtherAuthority(name, undo) {
      const instance = find(name);
      await holdStill(instance, undo);
      const other = await otherAuthority(instance.serverName, Date.now());
      await putInPlace(instance, { identity: other.identityPem, ca: other.rootPem, crl: other.crlPem }, undo);
      await eventually(
        `${name} to serve a certificate of another CA`,
        async () => ((await health(instance)).identity?.fingerprint === other.fingerprint ? true : null),
        AbortSignal.timeout(ARRANGED_MS),
      );
    },
    curlLine(name, path, { verify }) {
      const { host, port, serverName } = find(name);
      const trust = verify ? `--cacert ${relative(process.cwd(), state.files.root)}` : "--insecure";
      return `curl ${trust} --resolve ${serverName}:${port}:${host} https://${serverName}:${port}${path}`;
    },
  };
}

async function areFresh(instances: LabInstance[]): Promise<true | null> {
  const ends = await Promise.all(instances.map(async (one) => (await health(one)).identity?.notAfter ?? 0));
  return ends.every((notAfter) => notAfter - Date.now() > STILL_MS) || null;
}

/** Whatever curl's exit code, what it printed is what was to be seen. */
async function curl(args: string[]): Promise<{ said: string; port: number | null }> {
  const LOCAL_PORT = /\s*<local port (\d+)>\s*/;
  const all = ["--silent", "--show-error", "--noproxy", HOST, "--write-out", "<local port %{local_port}>", ...args];
  return new Promise((done, fail) => {
    execFile("curl", all, { timeout: CURL_MS }, (error, stdout, stderr) => {
      if (error !== null && "code" in error && error.code === "ENOENT") {
        fail(new Problem("NO_CURL", "curl is not installed here.", "Install it: apt install curl", { cause: error }));
        return;
      }
      const port = Number(LOCAL_PORT.exec(stdout)?.[1] ?? 0);
      done({ said: `${stdout.replace(LOCAL_PORT, "")}${stderr}`.trim(), port: port === 0 ? null : port });
    });
  });
}
