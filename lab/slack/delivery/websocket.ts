import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** The server's end of one WebSocket (RFC 6455): text messages without extensions, which is all that Socket Mode uses. */
export interface WebSocketConnection {
  send(text: string): void;
  ping(): void;
  destroy(): void;
}

interface Handlers {
  onText: (text: string) => void;
  onClose: () => void;
}

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const LARGEST_MESSAGE = 1 << 20;
const OPCODE = { continuation: 0x0, text: 0x1, close: 0x8, ping: 0x9, pong: 0xa } as const;

interface Frame {
  final: boolean;
  opcode: number;
  payload: Buffer;
}

/** Takes over an upgraded request. A request that is no WebSocket handshake gets 400 and null. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  { onText, onClose }: Handlers,
): WebSocketConnection | null {
  const key = request.headers["sec-websocket-key"];
  if (request.headers.upgrade?.toLowerCase() !== "websocket" || key === undefined) {
    socket.end("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
    return null;
  }
  const accept = createHash("sha1")
    .update(key + GUID)
    .digest("base64");
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
  );

  let buffered: Buffer = Buffer.alloc(0);
  let message: Buffer = Buffer.alloc(0);

  const take = ({ final, opcode, payload }: Frame): void => {
    if (opcode === OPCODE.ping) socket.write(frame(OPCODE.pong, payload));
    if (opcode === OPCODE.close) socket.end(frame(OPCODE.close, payload));
    if (opcode !== OPCODE.text && opcode !== OPCODE.continuation) return;
    message = Buffer.concat([message, payload]);
    if (!final) return;
    const text = message.toString();
    message = Buffer.alloc(0);
    onText(text);
  };

  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    if (buffered.length + message.length > LARGEST_MESSAGE) socket.destroy();
    for (let read = readFrame(buffered); read !== null; read = readFrame(buffered)) {
      buffered = read.rest;
      take(read.frame);
    }
  });
  socket.on("error", () => socket.destroy());
  // A socket of an HTTP server stays half open otherwise.
  socket.on("end", () => socket.end());
  socket.once("close", onClose);

  return {
    send: (text) => void socket.write(frame(OPCODE.text, Buffer.from(text))),
    ping: () => void socket.write(frame(OPCODE.ping, Buffer.from("stand-in"))),
    destroy: () => void socket.destroy(),
  };
}

function frame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = length < 126 ? Buffer.alloc(2) : Buffer.alloc(length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (length < 126) header[1] = length;
  else if (length < 65_536) header.writeUInt16BE(length, 2);
  else header.writeBigUInt64BE(BigInt(length), 2);
  if (length >= 126) header[1] = length < 65_536 ? 126 : 127;
  return Buffer.concat([header, payload]);
}

/** The first whole frame in a buffer, unmasked, and what follows it; null while it is incomplete. */
function readFrame(buffer: Buffer): { frame: Frame; rest: Buffer } | null {
  if (buffer.length < 2) return null;
  const first = buffer.readUInt8(0);
  const second = buffer.readUInt8(1);
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskAt = 2 + lengthBytes;
  if (buffer.length < maskAt) return null;
  const length =
    lengthBytes === 0 ? short : lengthBytes === 2 ? buffer.readUInt16BE(2) : Number(buffer.readBigUInt64BE(2));
  const masked = (second & 0x80) !== 0;
  const payloadAt = maskAt + (masked ? 4 : 0);
  if (buffer.length < payloadAt + length) return null;
  const payload = Buffer.from(buffer.subarray(payloadAt, payloadAt + length));
  if (masked)
    for (let i = 0; i < length; i += 1) payload[i] = payload.readUInt8(i) ^ buffer.readUInt8(maskAt + (i % 4));
  return {
    frame: { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload },
    rest: buffer.subarray(payloadAt + length),
  };
}
