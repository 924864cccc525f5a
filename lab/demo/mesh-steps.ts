import { eventually } from "../eventually.ts";
import type { MeshInstance } from "../state.ts";
import { require, tell } from "./say.ts";
import type { Scene, Step } from "./story.ts";
import { APPROVE, type Message, type Person, wordsOf } from "./workspace.ts";

const PAGE_MS = 5_000;
const RECEIPT_MS = 30_000;
/** Envoys take a new root's leaves one after the other, to spare the authority. */
const ROOT_MS = 90_000;

const call: Step = {
  name: "mesh",
  title: "Behind sidecars the services know no TLS, and still call each other by mutual TLS",
  async play({ lab, say }) {
    const page = await pageOf(lab.state.mesh);
    require(page.includes("Outcome: answered"), `the call came to: ${page}`);
    tell(say, page.split("\n"));
    for (const { instance, certificate } of (await meshStatus(lab)).sidecars) {
      require(certificate !== null, `the sidecar of ${instance} has no certificate`);
      say(`  ${instance}  ${certificate?.spiffe}  serial ${certificate?.serial}`);
    }
  },
};

const deny: Step = {
  name: "mesh deny",
  title: "ana asks that service-a may not call service-b, ben approves: the next call is refused",
  async play(scene) {
    await turned(scene, "deny", "Outcome: refused");
    const { workspace, say } = scene;
    const ask = () => workspace.type("ana", "/mesh why service-a service-b");
    const why = await workspace.answerTo("ana", "the reason", ask, ({ ephemeral }) => ephemeral);
    const words = wordsOf(why);
    require(words
      .join("\n")
      .includes("denied by the intention"), `the bot does not name the intention: ${words.join(" ")}`);
    tell(say, words);
  },
};

const allow: Step = {
  name: "mesh allow",
  title: "The same the other way: allowed, approved, and the call goes through again",
  play: (scene) => turned(scene, "allow", "Outcome: answered"),
};

const root: Step = {
  name: "mesh root",
  title: "The mesh gets a new root under traffic, and no call is lost",
  async play({ lab, say }) {
    const before = await lab.control.traffic();
    await lab.control.rotateMeshRoot();
    const active = (await meshStatus(lab)).ca.roots.find((one) => one.active);
    say(`  ${active?.name ?? "no root"} signs from now on; the old one is trusted beside it`);
    const moved = async () => {
      const { sidecars } = await meshStatus(lab);
      return sidecars.every(({ certificate }) => certificate?.root === active?.id) ? sidecars : null;
    };
    const sidecars = await eventually(
      "every sidecar to have a leaf of the new root",
      moved,
      AbortSignal.timeout(ROOT_MS),
      200,
    );
    for (const { instance, certificate } of sidecars) say(`  ${instance}  serial ${certificate?.serial}`);
    const after = await lab.control.traffic();
    for (const { name, count } of after.sources.filter((source) => source.name.endsWith("-mesh"))) {
      const earlier = before.sources.find((source) => source.name === name)?.count;
      const lost = [count, earlier].map((one) => (one ? one.fresh.failed + one.kept.failed : Number.NaN));
      say(`  ${name}  ${(lost[0] ?? 0) - (lost[1] ?? 0)} calls lost`);
      if (lost[0] !== lost[1]) say(`  since it started: ${JSON.stringify([count?.fresh.causes, count?.kept.causes])}`);
      require(lost[0] === lost[1], `${name} lost calls meanwhile`);
    }
  },
};

/** What is told where there is a mesh. */
export const meshSteps: Step[] = [call, deny, allow, root];

/** Asked for by ana, approved by ben, told in the same message, and seen at the page of service-a's instance in the mesh. */
async function turned({ lab, workspace, say }: Scene, action: "allow" | "deny", outcome: string): Promise<void> {
  const asked = await workspace.planFor(`/mesh ${action} service-a service-b the story needs it`);
  await workspace.click("ben", asked, APPROVE);
  const receipt = await eventually(
    "the receipt",
    () => settled(workspace, "ben", asked),
    workspace.deadline(RECEIPT_MS),
    200,
  );
  tell(say, wordsOf(receipt));
  const page = await pageOf(lab.state.mesh);
  require(page.includes(outcome), `after the receipt, the call came to: ${page}`);
}

async function settled(workspace: Scene["workspace"], person: Person, { ts }: Message): Promise<Message | null> {
  const now = (await workspace.seenBy(person)).find((one) => one.ts === ts);
  return now?.text.includes("after the write") || now?.text.startsWith("🚨") ? now : null;
}

async function pageOf(mesh: MeshInstance[]): Promise<string> {
  const caller = mesh.find(({ service }) => service === "service-a");
  if (caller === undefined) throw new Error("service-a has no instance in the mesh");
  const response = await fetch(`http://${caller.host}:${caller.port}/w-mtls`, { signal: AbortSignal.timeout(PAGE_MS) });
  return response.text();
}

async function meshStatus(lab: Scene["lab"]) {
  const { mesh } = await lab.control.status();
  if (mesh === null) throw new Error("the lab has no mesh");
  return mesh;
}
