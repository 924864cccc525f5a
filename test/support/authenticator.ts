import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isoCBOR } from "@simplewebauthn/server/helpers";

/** What a page would have sent along. */
export interface Circumstances {
  origin: string;
  /** As the options have it, base64url. */
  challenge: string;
  rpId?: string;
  /** Whether it checked who holds it. */
  verified?: boolean;
}

const sha256 = (data: string | Uint8Array) => createHash("sha256").update(data).digest();
const encoded = (data: Uint8Array | string) => Buffer.from(data).toString("base64url");

/** A security key in software: one P-256 credential that counts what it signs. `startsAt` 0: it does not count. */
export class Authenticator {
  readonly id: Buffer = randomBytes(16);
  readonly #key: KeyObject;
  readonly #public: { x: string; y: string };
  counter: number;

  constructor(startsAt = 1) {
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { x = "", y = "" } = publicKey.export({ format: "jwk" });
    this.#key = privateKey;
    this.#public = { x, y };
    this.counter = startsAt;
  }

  /** What navigator.credentials.create would come to. */
  make(around: Circumstances) {
    const { x, y } = this.#public;
    const cose = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, Buffer.from(x, "base64url")],
      [-3, Buffer.from(y, "base64url")],
    ]);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(this.id.length);
    const held = Buffer.concat([Buffer.alloc(16), length, this.id, isoCBOR.encode(cose as never)]);
    const authData = Buffer.concat([this.#said(around, 0x40), held]);
    const attestation = new Map<string, unknown>([
      ["fmt", "none"],
      ["attStmt", new Map()],
      ["authData", new Uint8Array(authData)],
    ]);
    return this.#response({
      clientDataJSON: encoded(this.#client("webauthn.create", around)),
      attestationObject: encoded(isoCBOR.encode(attestation as never)),
      transports: ["usb"],
    });
  }

  /** What navigator.credentials.get would come to. */
  sign(around: Circumstances) {
    if (this.counter > 0) this.counter += 1;
    const client = this.#client("webauthn.get", around);
    const authData = this.#said(around, 0);
    const signature = sign("sha256", Buffer.concat([authData, sha256(client)]), this.#key);
    return this.#response({
      clientDataJSON: encoded(client),
      authenticatorData: encoded(authData),
      signature: encoded(signature),
    });
  }

  #response<T>(response: T) {
    const id = encoded(this.id);
    return { id, rawId: id, type: "public-key", clientExtensionResults: {}, response };
  }

  #client(type: string, { challenge, origin }: Circumstances): string {
    return JSON.stringify({ type, challenge, origin, crossOrigin: false });
  }

  #said({ origin, rpId = new URL(origin).hostname, verified = true }: Circumstances, flags: number): Buffer {
    const counted = Buffer.alloc(4);
    counted.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(rpId), Buffer.from([flags | 0x01 | (verified ? 0x04 : 0)]), counted]);
  }
}
