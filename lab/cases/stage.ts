import { execFile } from "node:child_process";
import { mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { Problem } from "../../vault-config/problem.ts";
import { eventually } from "../eventually.ts";
import { health, serviceSpec } from "../instances.ts";
import { HOST } from "../ports.ts";
import type { LabInstance, LabState } from "../state.ts";
import type { Child, ChildSpec } from "../supervise.ts";
import { visit } from "../visit.ts";
import { otherAuthority } from "./other-authority.ts";
import type { Stage } from "./script.ts";

/** What the lab lends to a case. */
export interface Props {
  state: LabState;
  child(name: string): Child;
  /** Stops a child and runs it as told instead. */
  replace(spec: ChildSpec): Promise<void>;
  /** A certificate of three seconds for the instance, as its agent would write it: key, leaf, chain. */
  issueShortLeaf(instance: LabInstance): Promise<string>;
  agentOf(instance: string): string;
}

const EXPIRY_MS = 15_000;
const MOST_VISITS = 40;
const CURL_MS = 10_000;

export function createStage(props: Props): Stage {
  const { state } = props;
  const find = (name: string) => {
    const found = state.instances.find(({ instance }) => instance === name);
    if (found === undefined) throw new Error(`the lab has no instance ${name}`);
    return found;
  };

  const pauseAgent: Stage["pauseAgent"] = async (instance, undo) => {
    const agent = props.child(props.agentOf(instance));
    undo.defer(() => agent.resume());
    agent.pause();
  };

  return {
    pauseAgent,
    addressOf: find,
    async visit(name, path, { reaching, verify }) {
      const { host, port } = find(reaching);
      for (let turn = 0; turn < MOST_VISITS; turn += 1) {
        const text = await visit(find(name), path, verify ? state.files.root : null);
        // It calls the instances of the other service in turn, and says which one it called.
        if (text.includes(`${host}:${port}`)) return text.trim();
      }
      throw new Problem("NOT_CALLED", `${name} never called ${reaching}.`, "See that both run: npm run lab -- status");
    },
    curl: (args) => curl(args),
    async serveExpired(name, undo) {
      const instance = find(name);
      await pauseAgent(name, undo);
      const before = await readFile(instance.identityFile, "utf8");
      undo.defer(() => replaceFile(instance.identityFile, before));
      await replaceFile(instance.identityFile, await props.issueShortLeaf(instance));
      await eventually(
        `${name} to serve a certificate that has expired`,
        async () => ((await health(instance)).problem?.includes("expired") ? true : null),
        AbortSignal.timeout(EXPIRY_MS),
      );
    },
    async serveOtherAuthority(name, undo) {
      const instance = find(name);
      const spec = serviceSpec(state, instance);
      const folder = await mkdtemp(join(state.dir, "instances", `${name}-other-`));
      undo.defer(() => rm(folder, { recursive: true, force: true }));
      const { rootPem, identityPem } = await otherAuthority(instance.serverName, Date.now());
      const env = { CA_FILE: join(folder, "root.pem"), IDENTITY_FILE: join(folder, "identity.pem"), CRL_FILES: "" };
      await writeFile(env.CA_FILE, rootPem, { mode: 0o600 });
      await writeFile(env.IDENTITY_FILE, identityPem, { mode: 0o600 });
      undo.defer(() => props.replace(spec));
      await props.replace({ ...spec, env: { ...spec.env, ...env } });
    },
    curlLine(name, path, { verify }) {
      const { host, port, serverName } = find(name);
      const trust = verify ? `--cacert ${relative(process.cwd(), state.files.root)}` : "--insecure";
      return `curl ${trust} --resolve ${serverName}:${port}:${host} https://${serverName}:${port}${path}`;
    },
  };
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

/** At once and in the same folder, so that no reader ever sees half of it. */
async function replaceFile(file: string, content: string): Promise<void> {
  const draft = join(dirname(file), `.${process.pid}.new`);
  await writeFile(draft, content, { mode: 0o600 });
  await rename(draft, file);
}
