import { z } from "zod";

/** The recipient; every template has these fields. */
const recipient = {
  to: z.string(),
  /** BCP 47; a language without texts gets English. */
  locale: z.string(),
  /** The name of the greeting; null greets without a name. */
  name: z.string().nullable(),
};

/** A link to `publicUrl`, and how long its token is valid. */
const link = { url: z.string(), validForMinutes: z.int().positive() };

const moment = { at: z.coerce.date() };

/** The name that the caller gave the passkey. */
const passkey = { passkeyName: z.string() };

/** A mail as it comes back from the queue; dates are text there. */
export const mailSchema = z.discriminatedUnion("template", [
  z.object({ ...recipient, template: z.literal("verify-email"), ...link }),
  /** To the new address. */
  z.object({ ...recipient, template: z.literal("confirm-email-change"), ...link }),
  /** To the old address, before the change. */
  z.object({ ...recipient, template: z.literal("email-change-requested"), newEmail: z.string() }),
  /** To the old address, after the change. */
  z.object({
    ...recipient,
    template: z.literal("email-changed"),
    newEmail: z.string(),
    undoUrl: z.string(),
    validForMinutes: z.int().positive(),
  }),
  z.object({ ...recipient, template: z.literal("reset-password"), ...link }),
  /** To the owner of an account that an operator created. */
  z.object({ ...recipient, template: z.literal("invitation"), ...link }),
  /** After an operator removed the password. */
  z.object({ ...recipient, template: z.literal("password-removed"), ...link }),
  z.object({ ...recipient, template: z.literal("magic-link"), ...link }),
  z.object({ ...recipient, template: z.literal("complete-registration"), ...link }),
  z.object({ ...recipient, template: z.literal("account-deleted"), ...link }),
  z.object({ ...recipient, template: z.literal("export-ready"), ...link }),
  /** To the owner of the address, when somebody registers with it again. */
  z.object({
    ...recipient,
    template: z.literal("address-already-registered"),
    /** Where the owner asks for a link to choose another password. */
    resetUrl: z.string(),
  }),
  z.object({
    ...recipient,
    template: z.literal("new-sign-in"),
    ...moment,
    ip: z.string(),
    /** The device's name for itself, which may be written by an attacker. */
    device: z.string(),
  }),
  z.object({ ...recipient, template: z.literal("password-changed"), ...moment }),
  z.object({
    ...recipient,
    template: z.literal("sign-in-code"),
    code: z.string(),
    validForMinutes: z.int().positive(),
  }),
  z.object({ ...recipient, template: z.literal("second-factor-changed"), ...moment }),
  /** `at` is when the reset takes effect. */
  z.object({ ...recipient, template: z.literal("second-factor-reset-requested"), ...moment }),
  z.object({ ...recipient, template: z.literal("second-factors-reset"), ...moment }),
  z.object({
    ...recipient,
    template: z.literal("identity-changed"),
    ...moment,
    /** The name of the provider in the settings. */
    provider: z.string(),
    change: z.enum(["linked", "unlinked"]),
  }),
  z.object({
    ...recipient,
    template: z.literal("phone-changed"),
    ...moment,
    /** The last two digits of the new number. */
    lastDigits: z.string(),
  }),
  z.object({ ...recipient, template: z.literal("token-reused"), ...moment }),
  z.object({
    ...recipient,
    template: z.literal("api-key-created"),
    ...moment,
    /** Chosen by the caller who created the key. */
    keyName: z.string(),
    /** The beginning of the key. */
    prefix: z.string(),
  }),
  z.object({ ...recipient, template: z.literal("passkey-added"), ...moment, ...passkey }),
  z.object({ ...recipient, template: z.literal("passkey-removed"), ...moment, ...passkey }),
  /** After a counter that went backwards. */
  z.object({ ...recipient, template: z.literal("passkey-refused"), ...moment, ...passkey }),
  /** To the operator. */
  z.object({
    ...recipient,
    template: z.literal("webhook-stopped"),
    /** The host of the webhook's address, perhaps with a port: the rest of the address may be secret. */
    host: z.string(),
    webhookId: z.string(),
    reason: z.enum(["paused", "gone"]),
    /** When it began to fail. */
    since: z.coerce.date(),
  }),
]);

/** A mail before it is rendered: a template and its values. */
export type Mail = Readonly<z.output<typeof mailSchema>>;

/** The name of a template. */
export type MailTemplate = Mail["template"];
