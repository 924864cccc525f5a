import { z } from "zod";
import { jsonOrNull } from "../json.ts";
import { TIER } from "../rate-limits.ts";
import { refuse } from "../refusal.ts";
import { method, type Method } from "./method.ts";

const listed = z.array(z.strictObject({ id: z.string(), title: z.string().optional() })).min(1);

/** How Slack takes files: `uploadUrl` gives the address for the bytes of one. Files are kept apart, and shown by blocks. */
export const files = (uploadUrl: (token: string) => string): Record<string, Method> => ({
  "files.getUploadURLExternal": method({
    args: z.strictObject({
      filename: z.string().min(1),
      length: z.coerce.number().int().min(1),
      alt_text: z.string().optional(),
      snippet_type: z.string().optional(),
    }),
    perMinute: TIER.four,
    scope: "files:write",
    handle({ filename, length }, { files: kept }) {
      const { id, token } = kept.begin(filename, length);
      return { ok: true, upload_url: uploadUrl(token), file_id: id };
    },
  }),
  "files.completeUploadExternal": method({
    args: z.strictObject({ files: z.unknown() }),
    perMinute: TIER.four,
    scope: "files:write",
    handle({ files: given }, { files: kept }) {
      const read = listed.safeParse(typeof given === "string" ? jsonOrNull(given) : given);
      if (!read.success) return refuse("invalid_arguments");
      const done = read.data.map(({ id, title }) => kept.complete(id, title));
      if (done.some((file) => file === null)) return refuse("file_not_found");
      return { ok: true, files: done.flatMap((file) => (file ? [{ id: file.id, title: file.title }] : [])) };
    },
  }),
});
