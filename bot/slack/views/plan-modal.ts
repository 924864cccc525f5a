import type { types } from "@slack/bolt";
import type { Request } from "../../domain/request.ts";
import { divider, type Message, viewBlocks } from "./blocks.ts";
import { plainText } from "./form.ts";
import { type DrawnAt, requestView } from "./request.ts";

/** A request as its message in the channel shows it, to be read and decided where one is. `told`: what a click came to. */
export function planModal(request: Request, at: DrawnAt, told: Message | null = null): types.ModalView {
  const { blocks } = requestView(request, at);
  return {
    type: "modal",
    title: plainText(`Request ${request.id}`),
    close: plainText("Close"),
    blocks: viewBlocks([...(told === null ? [] : [...told.blocks, divider]), ...blocks]),
  };
}
