import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { type AddressInfo, connect as connectPlain } from "node:net";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { eventually } from "../../lab/eventually.ts";
import { pidsWithEnvironment } from "../../lab/processes.ts";
import { MARKER } from "../../lab/supervised-child.ts";
import { asked, type ClientTls, type Cts, ctsCommand, type CtsFile, startCts, writeCtsFile } from "../support/cts.ts";
import { type CtsGround, missingForCts, prepareGround } from "../support/cts-world.ts";
import { TestPki } from "../support/test-pki.ts";

// How Consul-Terraform-Sync 0.9.0 starts and ends, and what it leaves on disk: true of the lab's stand-in, and of the
// real one with `CTS_PROGRAM=/path/to/consul-terraform-sync`.

const missing = asked.address === null ? await missingForCts() : "needs a CTS that it may start: CTS_PROGRAM=…";
const owned = new AsyncDisposableStack();
let ground: CtsGround;
let file: CtsFile;

beforeAll(async () => {
  if (missing !== null) return;
  ground = owned.use(await prepareGround());
  if (ground.file === null) throw new Error("there is no CTS to start");
  ({ file } = ground);
});

afterAll(() => owned.disposeAsync());

beforeEach((context) => {
  if (missing !== null) context.skip(missing);
});

function aTask(name = ground.newName()) {
  return {
    name,
    module: ground.module.source,
    enabled: false,
    condition: { consul_kv: { path: `${ground.content.path}${name}/`, recurse: true } },
    variables: { marker: JSON.stringify(ground.module.marker(name)) },
  };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  await eventually(what, async () => ((await holds()) ? true : null), AbortSignal.timeout(15_000));
}

const status = async (cts: Cts, name: string) => (await cts.call("GET", `/v1/tasks/${name}`)).status;
const inspect = (cts: Cts, name: string) => cts.call("PATCH", `/v1/tasks/${name}?run=inspect`, { enabled: true });
const runNow = (cts: Cts, name: string) => cts.call("PATCH", `/v1/tasks/${name}?run=now`, { enabled: true });

/** Runs it to its end, and gives its exit code. */
async function exitOf(args: string[]): Promise<number | null> {
  const env = { PATH: process.env["PATH"], HOME: file.dir, CHECKPOINT_DISABLE: "1" };
  const child = spawn(ctsCommand("").command, args, { env, stdio: "ignore", timeout: 20_000 });
  const [code] = (await once(child, "exit")) as [number | null];
  return code;
}

function startOf(config: string): Promise<number | null> {
  return exitOf(ctsCommand(config).args);
}

/** Command lines of what carries this folder as its marker. */
async function commandsOf(dir: string): Promise<string[]> {
  const pids = await pidsWithEnvironment(MARKER, dir);
  const read = (pid: number) => readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return (await Promise.all(pids.map(read))).map((line) => line.replaceAll("\0", " "));
}

/** The serial of the certificate with which a call was answered; null when it was not. */
async function served(port: number, tls: ClientTls): Promise<string | null> {
  const socket = connect({ host: "127.0.0.1", port, ...tls });
  try {
    socket.write("GET /v1/health HTTP/1.0\r\n\r\n");
    await Promise.race([once(socket, "data"), once(socket, "close").then(() => Promise.reject(new Error("closed")))]);
    return socket.getPeerCertificate().serialNumber.toLowerCase().match(/../g)?.join(":") ?? "";
  } catch {
    return null;
  } finally {
    socket.destroy();
  }
}

describe("what it leaves on disk", () => {
  test("is a root module around the task's module", async () => {
    await using cts = await startCts(file);
    const service = `${ground.newName()}-web`;
    const { variables, ...task } = aTask();
    const { name, module } = task;
    await ground.content.register(service, "10.0.0.1");
    await ground.content.put(`${name}/a`, "one");
    const answer = await cts.call("POST", "/v1/tasks", {
      task: {
        ...task,
        description: 'a "described" task',
        variables: { ...variables, greeting: '"$${x}"', seconds: "0" },
        module_input: { services: { names: [service], cts_user_defined_meta: { zone: "app" } } },
      },
    });
    expect(answer).toMatchObject({ status: 201 });
    await until("a plan with both", async () => {
      const { body } = await inspect(cts, name);
      return /one[^]*10\.0\.0\.1/.test(JSON.stringify(body));
    });

    const folder = join(file.dir, "sync-tasks", name);
    expect(statSync(folder).mode & 0o777).toBe(0o750);
    const written = readdirSync(folder).filter((entry) => /\.(?:tf|tfvars|tmpl)$/.test(entry));
    expect(written.toSorted()).toEqual([
      "main.tf",
      "providers.auto.tfvars",
      "terraform.tfvars",
      "terraform.tfvars.tmpl",
      "variables.auto.tfvars",
      "variables.module.tf",
      "variables.tf",
    ]);
    for (const entry of written) expect(statSync(join(folder, entry)).mode & 0o777).toBe(0o640);

    const preamble = `# This file is generated by Consul-Terraform-Sync.
#
# The HCL blocks, arguments, variables, and values are derived from the
# operator configuration for Consul-Terraform-Sync. Any manual changes to
# this file may not be preserved and could be overwritten by a subsequent
# update.
#
# Task: ${name}
# Description: a "described" task
`;
    const content = (entry: string) => {
      const text = readFileSync(join(folder, entry), "utf8");
      expect(text.startsWith(preamble)).toBe(true);
      return text.slice(preamble.length);
    };
    const marker = JSON.stringify(ground.module.marker(name));
    const path = `${ground.content.path}${name}/`;
    expect(content("main.tf")).toBe(`
terraform {
  required_version = ">= 0.13.0, <= 1.14.3"
  backend "local" {
    path = "${join(file.dir, "terraform.tfstate")}"
  }
}


# a "described" task
module "${name}" {
  source    = "${module}"
  services  = var.services
  consul_kv = var.consul_kv

  greeting = var.greeting
  marker   = var.marker
  seconds  = var.seconds
}
`);
    expect(content("variables.auto.tfvars")).toBe(`
greeting = "$\${x}"
marker   = ${marker}
seconds  = 0

`);
    expect(content("variables.module.tf")).toBe(`
variable "greeting" {
  default = null
  type    = string
}

variable "marker" {
  default = null
  type    = string
}

variable "seconds" {
  default = null
  type    = number
}
`);
    expect(content("terraform.tfvars.tmpl")).toBe(`
consul_kv = {
{{- with $kv := keys "${path}" }}
  {{- range $k := $kv }}
  "{{ .Path }}" = "{{ .Value }}"
  {{- end}}
{{- end}}
}

services = {
{{- with $srv := service "${service}" }}
  {{- range $s := $srv}}
  "{{ joinStrings "." .ID .Node .Namespace .NodeDatacenter }}" = {
{{ HCLService $s | indent 4 }}
  },
  {{- end}}
{{- end}}
}
`);
    expect(content("terraform.tfvars")).toBe(`
consul_kv = {
  "${path}a" = "one"
}

services = {
  "${service}-1.${service}-node.dc1" = {
    id      = "${service}-1"
    name    = "${service}"
    kind    = ""
    address = "10.0.0.1"
    port    = 80
    meta = {
      k = "v\\"$\${x}"
    }
    tags                  = ["a", "b"]
    namespace             = ""
    status                = "passing"
    node                  = "${service}-node"
    node_id               = ""
    node_address          = "10.9.9.9"
    node_datacenter       = "dc1"
    node_tagged_addresses = {}
    node_meta             = {}
    cts_user_defined_meta = {
      zone = "app"
    }
  },
}
`);
    expect(content("providers.auto.tfvars")).toBe("\n");
    expect(content("variables.tf")).toMatch(
      /^\n# Service definition protocol v0\nvariable "services" \{[^]*\n\}\n\n# Consul KV definition protocol v0\nvariable "consul_kv" \{\n {2}description = "Consul KV pair"\n {2}type {8}= map\(string\)\n\}\n$/,
    );
    await ground.content.deregister(service);
  });

  test("names what a module is not given only in its template", async () => {
    await using cts = await startCts(file);
    const { condition, ...task } = aTask();
    const unused = { consul_kv: { ...condition.consul_kv, use_as_module_input: false } };
    await cts.call("POST", "/v1/tasks", { task: { ...task, condition: unused } });
    await inspect(cts, task.name);
    const folder = join(file.dir, "sync-tasks", task.name);
    const tail = (entry: string) => readFileSync(join(folder, entry), "utf8").split("# Description:").at(-1);
    expect(tail("main.tf")).not.toContain("consul_kv");
    expect(tail("variables.tf")).not.toContain("consul_kv");
    expect(tail("terraform.tfvars.tmpl")).toBe(` 

{{- with $kv := keys "${condition.consul_kv.path}" }}
  {{- range $k, $v := $kv }}
  {{- /* Empty template. Detects changes in Consul KV */ -}}
  {{- end}}
{{- end}}

services = {
}
`);
    expect(tail("terraform.tfvars")).toBe(`

services = {
}
`);
  });
});

describe("after a restart", () => {
  test("it knows no task that was posted, and Terraform's state knows what was applied", async () => {
    const task = aTask();
    {
      await using cts = await startCts(file);
      await cts.call("POST", "/v1/tasks", { task });
      expect(await runNow(cts, task.name)).toMatchObject({ status: 200 });
    }
    await using cts = await startCts(file);
    expect(await status(cts, task.name)).toBe(404);
    expect(await cts.call("POST", "/v1/tasks", { task })).toMatchObject({ status: 201 });
    expect(await inspect(cts, task.name)).toMatchObject({ body: { inspect: { changes_present: false } } });
    expect(ground.module.ran(task.name)).toEqual(["ran", "ended"]);
  });

  test("by a kill, Terraform was killed with it, and what that had started goes on", async () => {
    const task = aTask();
    const variables = { ...task.variables, seconds: "2" };
    await using cts = await startCts(file);
    await cts.call("POST", "/v1/tasks", { task: { ...task, variables } });
    const running = runNow(cts, task.name).catch(() => null);
    await until("its start", () => ground.module.ran(task.name).includes("ran"));
    process.kill(cts.child.pid ?? 0, "SIGKILL");
    expect(await running).toBeNull();
    await until(
      "Terraform's end",
      async () => !(await commandsOf(file.dir)).some((command) => command.includes("terraform apply")),
    );
    expect(ground.module.ran(task.name)).toEqual(["ran"]);
    await until("the end of what it had started", () => ground.module.ran(task.name).includes("ended"));
    await until("its return", async () => (await status(cts, task.name).catch(() => 0)) === 404);
  });
});

describe("the tasks of its file", () => {
  const inFile = (name: string, enabled: boolean, more: object = {}) => {
    const { condition, variables, ...task } = aTask(name);
    return { ...task, enabled, condition: { "consul-kv": condition.consul_kv }, variables: { ...variables, ...more } };
  };

  test("are applied at its start without a word, unless they are disabled", async () => {
    const enabled = inFile(ground.newName(), true);
    const disabled = inFile(ground.newName(), false);
    await using cts = await startCts({ ...file, more: { task: [enabled, disabled] } });
    await until("the first task's run", () => ground.module.ran(enabled.name).includes("ended"));
    await until("the second task", async () => (await inspect(cts, disabled.name)).status === 200);
    expect(ground.module.ran(disabled.name)).toEqual([]);
  });

  test("end it when one of them fails", async () => {
    const failing = inFile(ground.newName(), true, { fail: "true" });
    expect(await startOf(writeCtsFile({ ...file, more: { task: [failing] } }))).toBe(11);
  });
});

describe("it does not start", () => {
  test("without a configuration, or with one that it does not understand", async () => {
    expect(await startOf(join(file.dir, "nowhere.json"))).toBe(15);
    expect(await startOf(writeCtsFile({ ...file, more: { nonsense: 1 } }))).toBe(15);
    expect(await startOf(writeCtsFile({ ...file, more: { tls: { enabled: true } } }))).toBe(15);
    expect(await exitOf(ctsCommand("").args.slice(0, -1))).toBe(13);
  });

  test("without Consul", async () => {
    const nobody = { address: "http://127.0.0.1:1", token: "" };
    expect(await startOf(writeCtsFile({ ...file, consul: nobody }))).toBe(15);
  });
});

describe("towards Consul", () => {
  test("over TLS it trusts the authority that its file names, and shows its own pair", async () => {
    const pki = await TestPki.create();
    const leaf = await pki.leaf("consul", { names: ["127.0.0.1"] });
    const pair = join(file.dir, "consul-client.pem");
    const [right, wrong] = [join(file.dir, "consul-ca.pem"), join(file.dir, "other-ca.pem")];
    writeFileSync(pair, leaf.chain + leaf.key, { mode: 0o600 });
    writeFileSync(right, pki.root + pki.intermediate);
    writeFileSync(wrong, (await TestPki.create("Other")).root);
    const { hostname, port } = new URL(file.consul.address);
    const tlsOptions = { cert: leaf.chain, key: leaf.key, ca: [pki.root, pki.intermediate], requestCert: true };
    const front = createServer(tlsOptions, (socket) => {
      const behind = connectPlain(Number(port), hostname);
      for (const end of [socket, behind])
        end.on("error", () => {}).on("close", () => void [socket, behind].map((one) => one.destroy()));
      socket.pipe(behind).pipe(socket);
    });
    front.listen(0, "127.0.0.1");
    await once(front, "listening");
    await using _front = { [Symbol.asyncDispose]: async () => void front.close() };
    const address = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    const service_registration = { enabled: false };
    const consul = (ca_cert: string) => ({
      consul: { address, token: file.consul.token, tls: { ca_cert, cert: pair, key: pair }, service_registration },
    });
    expect(await startOf(writeCtsFile({ ...file, more: consul(wrong) }))).toBe(15);
    const task = aTask();
    await ground.content.put(`${task.name}/a`, "over TLS");
    await using cts = await startCts({ ...file, more: consul(right) });
    await cts.call("POST", "/v1/tasks", { task });
    const { body } = await inspect(cts, task.name);
    expect(JSON.stringify(body)).toContain("over TLS");
  });
});

describe("over mutual TLS", () => {
  test("it serves whom its authority knows, with the pair that it read at its start", async () => {
    const pki = await TestPki.create();
    const stranger = await (await TestPki.create("Other")).leaf("client", { purposes: ["client"] });
    const client = await pki.leaf("client", { purposes: ["client"] });
    const cert = join(file.dir, "cts.pem");
    const ca = join(file.dir, "ca.pem");
    const writePair = async () => {
      const leaf = await pki.leaf("cts", { purposes: ["server"], names: ["127.0.0.1"] });
      writeFileSync(cert, leaf.chain + leaf.key, { mode: 0o600 });
      return leaf.serial;
    };
    writeFileSync(ca, pki.root + pki.intermediate);
    const more = { tls: { enabled: true, cert, key: cert, verify_incoming: true, ca_cert: ca } };
    const known = { ca: pki.root, cert: client.chain, key: client.key };
    const first = await writePair();
    {
      await using cts = await startCts({ ...file, more, tls: known });
      expect(await served(file.port, known)).toBe(first);
      expect(await served(file.port, { ca: pki.root, cert: stranger.chain, key: stranger.key })).toBeNull();
      expect(await served(file.port, { ca: pki.root })).toBeNull();
      await writePair();
      expect(await cts.call("GET", "/v1/health")).toMatchObject({ status: 200 });
      expect(await served(file.port, known)).toBe(first);
    }
    await using cts = await startCts({ ...file, more, tls: known });
    expect(await cts.call("GET", "/v1/health")).toMatchObject({ status: 200 });
    expect(await served(file.port, known)).not.toBe(first);
  });
});
