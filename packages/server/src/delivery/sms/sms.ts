import { z } from "zod";

/** A text message as it comes back from the queue. */
export const smsSchema = z.discriminatedUnion("template", [
  z.object({
    /** E.164. */
    to: z.string(),
    /** BCP 47; a language without texts gets English. */
    locale: z.string(),
    template: z.literal("phone-code"),
    code: z.string(),
    validForMinutes: z.int().positive(),
  }),
]);

/** A text message before it is rendered: a template and its values. */
export type Sms = Readonly<z.output<typeof smsSchema>>;
