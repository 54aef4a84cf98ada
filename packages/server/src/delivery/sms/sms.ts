import { z } from "zod";

/** A text message as it comes back from the queue. */
export const smsSchema = z.object({
  /** E.164. */
  to: z.string(),
  /** BCP 47; a language without texts gets English. */
  locale: z.string(),
  /** A code that proves the number of an account, or the number of a registration, or that resets the password. */
  template: z.enum(["phone-code", "registration-code", "recovery-code"]),
  code: z.string(),
  validForMinutes: z.int().positive(),
});

/** A text message before it is rendered: a template and its values. */
export type Sms = Readonly<z.output<typeof smsSchema>>;
