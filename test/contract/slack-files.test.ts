import { expect, test } from "vitest";
import { manifest, SECRETS, startWorkspace, type TestWorkspace } from "./slack-fixture.ts";

const png = Buffer.from("89504e470d0a1a0a00000000", "hex");
const all = ["chat:write", "files:write"];

async function aWorkspace(scopes = all): Promise<TestWorkspace> {
  return startWorkspace({ manifest: manifest({ scopes }) });
}

const begin = ({ api }: TestWorkspace, length = png.length) =>
  api("files.getUploadURLExternal", { filename: "a.png", length });

async function send(url: unknown, bytes: Buffer): Promise<number> {
  return (await fetch(String(url), { method: "POST", body: new Uint8Array(bytes) })).status;
}

const complete = ({ api }: TestWorkspace, id: unknown) =>
  api("files.completeUploadExternal", { files: [{ id, title: "A" }] });

const show = ({ api }: TestWorkspace, id: unknown) =>
  api("chat.postMessage", {
    channel: "C0CERTS",
    text: "a picture",
    blocks: [{ type: "image", slack_file: { id }, alt_text: "a picture" }],
  });

test("a file is asked for, sent and completed; then a block may show it, and people can see it", async () => {
  await using workspace = await aWorkspace();
  const { upload_url, file_id } = await begin(workspace);
  expect(await send(upload_url, png)).toBe(200);
  expect(await complete(workspace, file_id)).toMatchObject({ ok: true, files: [{ id: file_id, title: "A" }] });
  expect(await show(workspace, file_id)).toMatchObject({ ok: true });
  const seen = async (id: unknown) => {
    const headers = { authorization: `Bearer ${SECRETS.consoleToken}` };
    return fetch(`${workspace.standIn.url}/workspace/files/${String(id)}`, { headers });
  };
  expect(Buffer.from(await (await seen(file_id)).arrayBuffer())).toEqual(png);
  expect(await (await seen("F0NOWHERE")).json()).toMatchObject({ code: "NO_FILE" });
});

test("bytes that were not announced are not taken, and what never came is not completed", async () => {
  await using workspace = await aWorkspace();
  const { upload_url, file_id } = await begin(workspace, 5);
  expect(await send(upload_url, png)).toBe(400);
  expect(await complete(workspace, file_id)).toMatchObject({ error: "file_not_found" });
  expect(await workspace.api("files.completeUploadExternal", { files: "none" })).toMatchObject({
    error: "invalid_arguments",
  });
});

test("a block shows only an image that is there, and either a file or an address", async () => {
  await using workspace = await aWorkspace();
  expect(await show(workspace, "F0NOWHERE")).toMatchObject({
    error: "invalid_blocks",
    errors: ["invalid slack file [json-pointer:/blocks/0/slack_file]"],
  });
  const { upload_url, file_id } = await begin(workspace, 3);
  await send(upload_url, Buffer.from("abc"));
  await complete(workspace, file_id);
  expect(await show(workspace, file_id)).toMatchObject({ error: "invalid_blocks" });
  const both = { type: "image", slack_file: { id: file_id }, image_url: "https://a.example/b.png", alt_text: "a" };
  expect(await workspace.api("chat.postMessage", { channel: "C0CERTS", text: "a", blocks: [both] })).toMatchObject({
    error: "invalid_blocks",
  });
});

test("without its scope there is no upload", async () => {
  await using workspace = await aWorkspace(["chat:write"]);
  expect(await begin(workspace)).toMatchObject({ error: "missing_scope", needed: "files:write" });
});
