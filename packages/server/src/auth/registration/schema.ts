import { z } from "zod";

const fields = {
  /** The future public id of the user, so that a job that runs twice creates one account. */
  id: z.uuid(),
  /** The public id of the anonymous account that becomes this one. */
  upgrades: z.uuid().optional(),
  username: z.string().optional(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  birthDate: z.string().optional(),
  locale: z.string().optional(),
  timeZone: z.string().optional(),
};

/** A pending registration: sealed in a job first, then in its table until the link is opened. */
export const registrationSchema = z.object({
  ...fields,
  email: z.string(),
  /** Undefined where several places registered while one mail was deferred: the owner then chooses a password by a link. */
  passwordHash: z.string().optional(),
  /** Where the request came from; registrations of earlier versions lack it. */
  origin: z.object({ ip: z.string(), userAgent: z.string().nullable() }).optional(),
  /** Where the page behind the link leads; checked. */
  redirectTo: z.string().optional(),
  /** Registrations of earlier versions lack it. */
  requestedAt: z.coerce.date().optional(),
});

/** See {@link registrationSchema}. */
export type Registration = z.output<typeof registrationSchema>;

/** A pending registration of a telephone number: sealed in its table until the code proves the number. */
export const phoneRegistrationSchema = z.object({
  ...fields,
  /** E.164. */
  phone: z.string(),
  passwordHash: z.string(),
});

/** See {@link phoneRegistrationSchema}. */
export type PhoneRegistration = z.output<typeof phoneRegistrationSchema>;
