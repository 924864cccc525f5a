import { z } from "zod";

/** Slack's limits on the pieces that blocks and elements are made of, in characters unless said otherwise. */
const LIMITS = {
  id: 255,
  url: 3000,
  placeholder: 150,
  altText: 2000,
  optionText: 75,
  optionValue: 150,
  optionsPerSelect: 100,
  confirmTitle: 100,
  confirmText: 300,
  confirmButton: 30,
} as const;

export const plainText = (max: number) =>
  z.strictObject({
    type: z.literal("plain_text"),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });

const mrkdwn = (max: number) =>
  z.strictObject({
    type: z.literal("mrkdwn"),
    text: z.string().min(1).max(max),
    verbatim: z.boolean().optional(),
  });

export const anyText = (max: number) => z.discriminatedUnion("type", [plainText(max), mrkdwn(max)]);

export const id = z.string().min(1).max(LIMITS.id);
export const url = z
  .string()
  .max(LIMITS.url)
  .refine((text) => URL.canParse(text), "must be a valid URL");
export const placeholder = plainText(LIMITS.placeholder);
export const altText = z.string().min(1).max(LIMITS.altText);
export const date = z.string().regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date in the format YYYY-MM-DD");

export const option = z.strictObject({
  text: plainText(LIMITS.optionText),
  value: z.string().min(1).max(LIMITS.optionValue),
  description: plainText(LIMITS.optionText).optional(),
});

/** Radio buttons and checkboxes may write their options in mrkdwn. */
export const markedOption = z.strictObject({
  text: anyText(LIMITS.optionText),
  value: z.string().min(1).max(LIMITS.optionValue),
  description: anyText(LIMITS.optionText).optional(),
});

export const linkOption = option.extend({ url: url.optional() });

export const options = z.array(option).min(1).max(LIMITS.optionsPerSelect);

export const optionGroups = z
  .array(z.strictObject({ label: plainText(LIMITS.optionText), options }))
  .min(1)
  .max(LIMITS.optionsPerSelect);

export const confirm = z.strictObject({
  title: plainText(LIMITS.confirmTitle),
  text: anyText(LIMITS.confirmText),
  confirm: plainText(LIMITS.confirmButton),
  deny: plainText(LIMITS.confirmButton),
  style: z.enum(["primary", "danger"]).optional(),
});
