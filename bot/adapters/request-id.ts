import { randomBytes } from "node:crypto";
import type { Kind } from "../domain/request.ts";
import { idSpelling } from "../domain/request-id.ts";

export const requestId = (kind: Kind): string => idSpelling(kind, randomBytes(8));
