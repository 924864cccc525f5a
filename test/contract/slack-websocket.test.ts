import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { expect, test } from "vitest";
import { acceptWebSocket } from "../../lab/slack/delivery/websocket.ts";
import { until } from "./slack-fixture.ts";

interface Peer extends AsyncDisposable {
  socket: Socket;
  /** What came over the wire so far. */
  bytes: () => Buffer;
  texts: string[];
}

const HANDSHAKE = [
  "GET /link HTTP/1.1",
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  // The example of RFC 6455, 1.3.
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

/** The raw client's end of one WebSocket. */
async function connected(request = HANDSHAKE): Promise<Peer> {
  const texts: string[] = [];
  const server = createServer();
  server.on("upgrade", (upgrade, stream) => {
    acceptWebSocket(upgrade, stream, { onText: (text) => texts.push(text), onClose: () => undefined });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  let bytes = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  socket.write(`${request.join("\r\n")}\r\n\r\n`);
  await until(() => bytes.includes("\r\n\r\n"));
  return {
    socket,
    bytes: () => bytes,
    texts,
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function masked(first: number, text: string): Buffer {
  const mask = Buffer.from([1, 2, 3, 4]);
  const payload = Buffer.from(text).map((byte, index) => byte ^ mask.readUInt8(index % 4));
  return Buffer.concat([Buffer.from([first, 0x80 | payload.length]), mask, payload]);
}

test("answers the handshake of the RFC's example", async () => {
  await using peer = await connected();

  expect(peer.bytes().toString()).toMatch(
    /^HTTP\/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\n\r\n$/s,
  );
});

test("joins a message that comes in parts, also when a ping stands between and the bytes drip in", async () => {
  await using peer = await connected();
  const before = peer.bytes().length;
  const frames = [masked(0x01, "Grüß"), masked(0x89, "you"), masked(0x80, " Gott")];

  for (const byte of Buffer.concat(frames)) peer.socket.write(Buffer.from([byte]));

  await until(() => peer.texts.length === 1);
  expect(peer.texts).toEqual(["Grüß Gott"]);
  await until(() => peer.bytes().length >= before + 5);
  expect(peer.bytes().subarray(before)).toEqual(Buffer.from([0x8a, 3, ...Buffer.from("you")]));
});

test("hands back a close, and ends", async () => {
  await using peer = await connected();
  const before = peer.bytes().length;
  const ended = once(peer.socket, "end");

  peer.socket.write(masked(0x88, "\x03\x68"));

  await ended;
  expect(peer.bytes().subarray(before)).toEqual(Buffer.from([0x88, 2, 0x03, 0x68]));
});

test("cuts a peer that sends more than a megabyte without an end", async () => {
  await using peer = await connected();
  const gone = new Promise((resolve) => peer.socket.on("error", () => undefined).once("close", resolve));
  const header = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 0x10, 0, 0, 0]);

  peer.socket.write(Buffer.concat([header, Buffer.alloc(2 << 20)]));

  await gone;
  expect(peer.texts).toEqual([]);
});

test("takes no other upgrade", async () => {
  await using peer = await connected(HANDSHAKE.map((line) => line.replace("websocket", "h2c")));

  expect(peer.bytes().toString()).toMatch(/^HTTP\/1\.1 400 /);
});
