import { randomBytes } from "node:crypto";
import type { Ids } from "./ids.ts";

export interface UploadedFile {
  id: string;
  name: string;
  title: string;
  type: string;
  bytes: Buffer;
}

interface Upload {
  id: string;
  name: string;
  length: number;
  file: Pick<UploadedFile, "type" | "bytes"> | null;
}

/** Files the bot uploads in Slack's three steps: a URL is asked for, the bytes are sent there, and the upload is completed. */
export class Files {
  readonly #uploads = new Map<string, Upload>();
  readonly #files = new Map<string, UploadedFile>();
  readonly #ids: Ids;

  constructor(ids: Ids) {
    this.#ids = ids;
  }

  /** `token` is the last part of the URL that takes the bytes. */
  begin(name: string, length: number): { id: string; token: string } {
    const [id, token] = [this.#ids.next("F"), randomBytes(16).toString("hex")];
    this.#uploads.set(token, { id, name, length, file: null });
    return { id, token };
  }

  /** false: nobody asked for this URL, or as many bytes were not announced. */
  take(token: string, file: Pick<UploadedFile, "type" | "bytes">): boolean {
    const upload = this.#uploads.get(token);
    if (upload === undefined || upload.length !== file.bytes.length) return false;
    upload.file = file;
    return true;
  }

  /** null: it was not asked for, or its bytes never came. */
  complete(id: string, title: string | undefined): UploadedFile | null {
    const [token, upload] = [...this.#uploads].find(([, one]) => one.id === id) ?? [];
    if (token === undefined || upload === undefined || upload.file === null) return null;
    const file = { id, name: upload.name, title: title ?? upload.name, ...upload.file };
    this.#uploads.delete(token);
    this.#files.set(id, file);
    return file;
  }

  find(id: string): UploadedFile | undefined {
    return this.#files.get(id);
  }
}
