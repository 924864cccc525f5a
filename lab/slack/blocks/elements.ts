import { z } from "zod";
import {
  altText,
  confirm,
  date,
  id,
  linkOption,
  markedOption,
  option,
  optionGroups,
  options,
  placeholder,
  plainText,
  url,
} from "./composition.ts";

const interactive = { action_id: id.optional(), confirm: confirm.optional(), focus_on_load: z.boolean().optional() };
const picks = { ...interactive, placeholder: placeholder.optional() };
const several = { max_selected_items: z.int().min(1).optional() };

const button = z.strictObject({
  type: z.literal("button"),
  text: plainText(75),
  action_id: id.optional(),
  confirm: confirm.optional(),
  value: z.string().max(2000).optional(),
  url: url.optional(),
  style: z.enum(["primary", "danger"]).optional(),
  accessibility_label: z.string().max(75).optional(),
});

const optionsOrGroups = <T extends { options?: unknown; option_groups?: unknown }>(select: T): boolean =>
  (select.options === undefined) !== (select.option_groups === undefined);
const ONE_LIST = "must define exactly one of `options` or `option_groups`";

const lists = { options: options.optional(), option_groups: optionGroups.optional() };

const staticSelect = z
  .strictObject({ type: z.literal("static_select"), ...picks, ...lists, initial_option: option.optional() })
  .refine(optionsOrGroups, ONE_LIST);

const multiStaticSelect = z
  .strictObject({
    type: z.literal("multi_static_select"),
    ...picks,
    ...lists,
    ...several,
    initial_options: z.array(option).optional(),
  })
  .refine(optionsOrGroups, ONE_LIST);

const externalSelect = z.strictObject({
  type: z.literal("external_select"),
  ...picks,
  initial_option: option.optional(),
  min_query_length: z.int().min(0).optional(),
});

const usersSelect = z.strictObject({ type: z.literal("users_select"), ...picks, initial_user: z.string().optional() });

const multiUsersSelect = z.strictObject({
  type: z.literal("multi_users_select"),
  ...picks,
  ...several,
  initial_users: z.array(z.string()).optional(),
});

const conversationsSelect = z.strictObject({
  type: z.literal("conversations_select"),
  ...picks,
  initial_conversation: z.string().optional(),
  default_to_current_conversation: z.boolean().optional(),
});

const channelsSelect = z.strictObject({
  type: z.literal("channels_select"),
  ...picks,
  initial_channel: z.string().optional(),
});

const overflow = z.strictObject({
  type: z.literal("overflow"),
  action_id: id.optional(),
  options: z.array(linkOption).min(1).max(5),
  confirm: confirm.optional(),
});

const datepicker = z.strictObject({ type: z.literal("datepicker"), ...picks, initial_date: date.optional() });

const timepicker = z.strictObject({
  type: z.literal("timepicker"),
  ...picks,
  initial_time: z
    .string()
    .regex(/^\d{2}:\d{2}$/, "must be a time in the format HH:mm")
    .optional(),
  timezone: z.string().optional(),
});

const radioButtons = z.strictObject({
  type: z.literal("radio_buttons"),
  ...interactive,
  options: z.array(markedOption).min(1).max(10),
  initial_option: markedOption.optional(),
});

const checkboxes = z.strictObject({
  type: z.literal("checkboxes"),
  ...interactive,
  options: z.array(markedOption).min(1).max(10),
  initial_options: z.array(markedOption).min(1).optional(),
});

const textInput = {
  action_id: id.optional(),
  placeholder: placeholder.optional(),
  initial_value: z.string().max(3000).optional(),
  focus_on_load: z.boolean().optional(),
  dispatch_action_config: z
    .strictObject({
      trigger_actions_on: z.array(z.enum(["on_enter_pressed", "on_character_entered"])).min(1),
    })
    .optional(),
};

const plainTextInput = z.strictObject({
  type: z.literal("plain_text_input"),
  ...textInput,
  multiline: z.boolean().optional(),
  min_length: z.int().min(0).max(3000).optional(),
  max_length: z.int().min(1).max(3000).optional(),
});

const numberInput = z.strictObject({
  type: z.literal("number_input"),
  ...textInput,
  is_decimal_allowed: z.boolean(),
  min_value: z.string().optional(),
  max_value: z.string().optional(),
});

export const image = z.strictObject({ type: z.literal("image"), image_url: url, alt_text: altText });

const selects = [
  staticSelect,
  externalSelect,
  usersSelect,
  conversationsSelect,
  channelsSelect,
  datepicker,
  timepicker,
  radioButtons,
  checkboxes,
] as const;
const multiSelects = [multiStaticSelect, multiUsersSelect] as const;

/** What may stand beside a section's text. */
export const accessory = z.discriminatedUnion("type", [button, image, overflow, ...selects, ...multiSelects]);
/** What may stand in an actions block. */
export const action = z.discriminatedUnion("type", [button, overflow, ...selects]);
/** What an input block may ask for. */
export const input = z.discriminatedUnion("type", [plainTextInput, numberInput, ...selects, ...multiSelects]);

export type Element = z.infer<typeof accessory> | z.infer<typeof action> | z.infer<typeof input>;
export type InteractiveElement = Exclude<Element, { type: "image" }>;
