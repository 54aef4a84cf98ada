import { z } from "zod";

/** A pending registration: sealed in a job first, then in its table until the link is opened. */
export const registrationSchema = z.object({
  /** The future public id of the user, so that a job that runs twice creates one account. */
  id: z.uuid(),
  email: z.string(),
  /** Undefined where several places registered while one mail was deferred: the owner then chooses a password by a link. */
  passwordHash: z.string().optional(),
  username: z.string().optional(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  birthDate: z.string().optional(),
  locale: z.string().optional(),
  /** Where the request came from; registrations of earlier versions lack it. */
  origin: z.object({ ip: z.string(), userAgent: z.string().nullable() }).optional(),
  /** Registrations of earlier versions lack it. */
  requestedAt: z.coerce.date().optional(),
});

/** See {@link registrationSchema}. */
export type Registration = z.output<typeof registrationSchema>;
