import { z } from "zod";

/** Somebody's wish for an account, as it waits: sealed in a job first, then until its link is opened. */
export const registrationSchema = z.object({
  /** The public id that the user gets, so that a job that runs twice does its work once. */
  id: z.uuid(),
  email: z.string(),
  /** None where several people registered while one mail waited: the owner then chooses a password by a link. */
  passwordHash: z.string().optional(),
  username: z.string().optional(),
  givenName: z.string().optional(),
  familyName: z.string().optional(),
  birthDate: z.string().optional(),
  locale: z.string().optional(),
  /** Where it came from. Registrations from before it was kept have none. */
  origin: z.object({ ip: z.string(), userAgent: z.string().nullable() }).optional(),
  /** Registrations from before it was kept have none. */
  requestedAt: z.coerce.date().optional(),
});

/** See {@link registrationSchema}. */
export type Registration = z.output<typeof registrationSchema>;
