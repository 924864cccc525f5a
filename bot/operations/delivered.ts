import type { WishFields } from "../domain/firewall/wish.ts";
import type { IntentionFields, RenewalFields } from "../domain/forms.ts";
import type { SnoozeFields } from "../domain/snooze.ts";

/** The Home tab or the modal in which something was clicked. */
export interface ClickedView {
  id: string;
  surface: "home" | "modal";
}

/** What somebody did in Slack, with all that its work needs. `responseUrl`: where its answer goes, where it has one. */
export type Delivered =
  /** `triggerId`: opens a form, within three seconds. */
  | { kind: "command"; command: string; user: string; responseUrl: string | null; text: string; triggerId?: string }
  /** `triggerId`: as of a command. `alone`: on a message that only this person sees. `view`: where that is no message. */
  | {
      kind: "click";
      user: string;
      responseUrl: string | null;
      action: string;
      value: string;
      triggerId?: string;
      alone?: boolean;
      view?: ClickedView;
    }
  | (RequestForm & { responseUrl: string | null; view?: ClickedView })
  /** A form that was filled in; its answer goes where it was asked for. */
  | { kind: "submission"; user: string; responseUrl: string | null; fields: WishFields }
  | { kind: "snooze"; user: string; responseUrl: string | null; subject: string; fields: SnoozeFields }
  | { kind: "renewal-form"; user: string; fields: RenewalFields }
  | { kind: "intention-form"; user: string; fields: IntentionFields }
  | { kind: "home"; user: string };

/** What somebody filled in about a request. */
export interface RequestForm {
  kind: "request-form";
  form: "comment" | "hand-over" | "withdraw" | "break-glass" | "deny" | "review";
  user: string;
  id: string;
  text: string;
  /** To whom it is handed over. */
  to: string;
  /** What a review found. */
  justified: boolean;
}
